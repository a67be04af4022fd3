//! A word on what was just done, shown once on the next page. The cookie names one of a list: it can't be made to say anything else.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use crate::cookies;
use crate::state::State as Web;

/// The cookie's name.
const NAME: &str = "covershots_flash";
/// Seconds that it waits for the next page.
const LIVES: u64 = 60;

macro_rules! flashes {
    ($($variant:ident $name:literal $text:literal)*) => {
        /// What was just done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Flash { $(#[doc = $text] $variant,)* }

        impl Flash {
            const ALL: &[Flash] = &[$(Flash::$variant,)*];

            fn name(self) -> &'static str {
                match self { $(Flash::$variant => $name,)* }
            }

            /// The words.
            pub(crate) fn text(self) -> &'static str {
                match self { $(Flash::$variant => $text,)* }
            }
        }
    };
}

flashes! {
    Welcome "welcome" "Your account is ready."
    SignedIn "signed-in" "You are signed in."
    SignedOut "signed-out" "You are signed out."
    PasswordSet "password-set" "Your new password is set. Sign in with it."
    ConsentKept "consent-kept" "Your choices are kept."
    PhotoDeleted "photo-deleted" "The photo is deleted."
    PhotosDeleted "photos-deleted" "All photos are deleted."
    PhotosAdded "photos-added" "Your photos are here."
    GenerationCancelled "generation-cancelled" "Cancelled. What was not made came back as credits."
    GenerationDeleted "generation-deleted" "Deleted, with every picture of it."
    ImageDeleted "image-deleted" "The picture is deleted."
    BrandKept "brand-kept" "Colours and font are kept."
    LogoKept "logo-kept" "Your logo is kept."
    LogoDeleted "logo-deleted" "The logo is deleted."
    NameChanged "name-changed" "Your name is kept."
    EmailChanged "email-changed" "Your address is changed: sign in with it from now on."
    RetentionChosen "retention-chosen" "Your choice is kept. What is there already follows."
    PasswordChanged "password-changed" "Your password is changed. Every other browser is signed out."
    SessionEnded "session-ended" "That browser is signed out."
    KeyRevoked "key-revoked" "The key is revoked."
    EndpointDeleted "endpoint-deleted" "The address is deleted, with its log."
    Replayed "replayed" "It is posted again."
    Granted "granted" "The credits are given."
    RoleSet "role-set" "The role is set."
    Gathering "gathering" "Everything about you is being gathered. This page has it in a moment."
    AccountErased "account-erased" "The account is deleted, with everything in it."
}

impl Flash {
    /// What the request's cookie names.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Flash> {
        let name = cookies::read(headers, NAME)?;
        Flash::ALL.iter().copied().find(|flash| flash.name() == name)
    }

    /// Leaves it for the next page.
    pub(crate) fn leave(self, web: &Web, answer: &mut Response) {
        cookies::set(web, answer, NAME, self.name(), LIVES);
    }

    /// To another page, where it is shown.
    pub(crate) fn redirect(self, web: &Web, place: &str) -> Response {
        let mut answer = Redirect::to(place).into_response();
        self.leave(web, &mut answer);
        answer
    }

    /// It was shown.
    pub(crate) fn forget(web: &Web, answer: &mut Response) {
        cookies::set(web, answer, NAME, "", 0);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::http::header::COOKIE;

    use super::*;

    #[test]
    fn a_cookie_names_one_of_the_list_or_nothing() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, format!("{NAME}={value}").parse().unwrap());
            Flash::of(&headers)
        };
        for flash in Flash::ALL {
            assert_eq!(of(flash.name()), Some(*flash));
            assert!(flash.text().ends_with('.'));
        }
        assert_eq!(of("<script>"), None);
        assert_eq!(
            Flash::ALL.iter().map(|flash| flash.name()).collect::<BTreeSet<_>>().len(),
            Flash::ALL.len()
        );
    }
}
