//! What stands around every page: who reads it, in which locale and light, where they are, and a word on what was just done.

use std::convert::Infallible;

use app::Caller;
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::account::Role;

use super::flash::Flash;
use super::locale::Locale;
use super::outside::OutsideFrame;
use crate::extract::Identity;
use crate::state::Shared;
use crate::{Problem, cookies};

/// The cookie that keeps the light a person chose against their system's.
pub(crate) const THEME: &str = "covershots_theme";
/// A header by which a script says that it wants a part of the page.
const PARTIAL: HeaderName = HeaderName::from_static("hx-request");

/// A place that the head of every page leads to.
pub(crate) struct Place {
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    /// Its picture in `icons.svg`.
    pub(crate) icon: &'static str,
    pub(crate) seen_by: SeenBy,
}

/// Who is shown a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SeenBy {
    Everybody,
    Members,
    Admins,
}

/// The places, in their order.
pub(crate) const PLACES: &[Place] = &[
    Place { path: "/photos", name: "Photos", icon: "photos", seen_by: SeenBy::Members },
    Place { path: "/styles", name: "Styles", icon: "styles", seen_by: SeenBy::Everybody },
    Place { path: "/thumbnails", name: "Thumbnails", icon: "thumbnails", seen_by: SeenBy::Members },
    Place { path: "/generations", name: "Results", icon: "results", seen_by: SeenBy::Members },
    Place { path: "/gallery", name: "Gallery", icon: "gallery", seen_by: SeenBy::Members },
];

/// Places that the person's own menu leads to, in their order.
pub(crate) const MENU: &[Place] = &[
    Place { path: "/account", name: "Account", icon: "account", seen_by: SeenBy::Members },
    Place { path: "/brand", name: "Brand kit", icon: "thumbnails", seen_by: SeenBy::Members },
    Place { path: "/consents", name: "What you allow", icon: "check", seen_by: SeenBy::Members },
    Place { path: "/admin", name: "This installation", icon: "admin", seen_by: SeenBy::Admins },
];

/// Who reads a page, and how.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) caller: Option<Caller>,
    pub(crate) locale: Locale,
    flash: Option<Flash>,
    theme: Theme,
    /// A script asks for a part of the page.
    pub(crate) partial: bool,
    /// Where they are, where one can come back to; empty elsewhere.
    place: String,
    /// Where to go on from the gate of an outside identity, if this is it.
    pub(crate) gate: Option<String>,
}

/// The light that a person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As their system has it.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// By its word; anything else is the system's.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Infallible> {
        let caller = parts.extensions.get::<Identity>().and_then(|Identity(found)| found.clone().ok());
        let place = parts.uri.path_and_query().filter(|_| parts.method == Method::GET);
        Ok(Visitor::new(caller, &parts.headers, place.map_or_else(String::new, ToString::to_string)))
    }
}

impl Visitor {
    pub(crate) fn new(caller: Option<Caller>, headers: &HeaderMap, place: String) -> Self {
        Visitor {
            caller,
            locale: Locale::of(headers),
            flash: Flash::of(headers),
            theme: cookies::read(headers, THEME).map(Theme::of).unwrap_or_default(),
            partial: headers.contains_key(PARTIAL),
            place,
            gate: None,
        }
    }

    /// The frame of a page with this title, at this place.
    pub(crate) async fn frame(&self, web: &Shared, title: &str, here: &str) -> Result<Frame, Problem> {
        let mut frame = self.bare_frame(title);
        frame.here = here.to_owned();
        if let Some(caller) = &self.caller {
            let credits = web.app.credits(caller).await?;
            frame.credits = Some(self.locale.number(credits.balance.get()));
            frame.low = web.app.sells() && credits.balance <= web.app.settings().low_balance;
        }
        if self.meets_outside() {
            let next = self.gate.as_deref().unwrap_or_default();
            frame.outside = OutsideFrame::of(web, self.caller.is_some(), next);
        }
        Ok(frame)
    }

    /// Whether the outside identity's scripts have something to do for this visitor, where somebody vouches.
    fn meets_outside(&self) -> bool {
        self.caller.is_some() || self.gate.is_some()
    }

    /// The same without asking the database: for pages that say that something is broken.
    pub(crate) fn bare_frame(&self, title: &str) -> Frame {
        let account = self.caller.as_ref().map(|caller| &caller.account);
        let name = account.map(|account| match account.name.as_str() {
            "" => account.email.as_str().to_owned(),
            name => name.to_owned(),
        });
        let seen = match account.map(|account| account.role) {
            None => SeenBy::Everybody,
            Some(Role::Member) => SeenBy::Members,
            Some(Role::Admin) => SeenBy::Admins,
        };
        Frame {
            title: title.to_owned(),
            place: self.place.clone(),
            here: String::new(),
            places: PLACES.iter().filter(|place| place.seen_by <= seen).collect(),
            menu: MENU.iter().filter(|place| place.seen_by <= seen).collect(),
            name,
            address: account.map(|account| account.email.as_str().to_owned()).unwrap_or_default(),
            credits: None,
            low: false,
            outside: None,
            flash: self.flash.map(Flash::text),
            theme: self.theme.word(),
        }
    }

    /// A whole page. Nothing of a person who is signed in is kept by the browser.
    pub(crate) fn page(&self, web: &Shared, template: &impl Template) -> Result<Response, Problem> {
        self.page_with(web, StatusCode::OK, template)
    }

    /// A whole page with a status.
    pub(crate) fn page_with(
        &self,
        web: &Shared,
        status: StatusCode,
        template: &impl Template,
    ) -> Result<Response, Problem> {
        let mut answer = html(status, template)?;
        let headers = answer.headers_mut();
        let policy = if self.meets_outside() { &web.gate_policy } else { &web.content_policy };
        headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
        if self.caller.is_none() {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        }
        if self.flash.is_some() {
            Flash::forget(web, &mut answer);
        }
        Ok(answer)
    }
}

/// A part of a page, for a script that puts it in its place.
pub(crate) fn part(template: &impl Template) -> Result<Response, Problem> {
    html(StatusCode::OK, template)
}

/// A part of a page with a status.
pub(crate) fn html(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let text = template.render().map_err(|error| {
        tracing::error!(%error, "a page can't be rendered");
        Problem::new("internal", "this page is broken: tell the person who runs this installation")
    })?;
    Ok((status, [(CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response())
}

/// What the layout shows around a page.
pub(crate) struct Frame {
    pub(crate) title: String,
    /// Where to come back to from a form that stands on every page.
    pub(crate) place: String,
    here: String,
    pub(crate) places: Vec<&'static Place>,
    pub(crate) menu: Vec<&'static Place>,
    /// What the person who is signed in is called.
    pub(crate) name: Option<String>,
    /// The address that they sign in with, for their browser's keeper of passwords.
    address: String,
    /// What they have to spend.
    pub(crate) credits: Option<String>,
    /// Whether that is little, and there is more to be bought.
    pub(crate) low: bool,
    /// Where somebody else vouches for people.
    pub(crate) outside: Option<OutsideFrame>,
    pub(crate) flash: Option<&'static str>,
    pub(crate) theme: &'static str,
}

impl Frame {
    /// The address that the person signs in with; empty for nobody.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Whether the page speaks of credits anyway.
    pub(crate) fn is_about_money(&self) -> bool {
        ["/pricing", "/buy", "/credits/paid", "/account/credits"].contains(&self.here.as_str())
    }

    /// Whether the page is at this place.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.here == path
    }
}
