//! The brand kit: the colours, the font and the mark that a person's covers share. It is set once, seen at once on a cover of theirs,
//! and kept with the account.

use askama::Template;
use axum::RequestExt;
use axum::extract::multipart::Multipart;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::StyleKind;
use domain::check::Verdict;
use domain::page::PageRequest;
use domain::style::thumbnail::Typeface;

use super::flash::Flash;
use super::form::{Mistakes, sentence};
use super::frame::{Frame, Visitor};
use super::thumbnails::{choice, colours, word};
use super::{Form, Routes};
use crate::Problem;
use crate::api::brand::LOGO_FILE_BYTES;
use crate::extract::Signed;
use crate::state::{Shared, turn};

/// Photos among which one is looked for that a cover can be shown with.
const PHOTOS: u32 = 24;
/// The colours that are offered first to who has none yet.
const OFFERED: (&str, &str) = ("#1f3a5f", "#ffb454");

/// The fonts, in their order here, and what each is like.
const FONTS: [(Typeface, &str, &str); 11] = [
    (Typeface::Anton, "Anton", "Tall and heavy: the loudest"),
    (Typeface::ArchivoBlack, "Archivo Black", "Broad and heavy"),
    (Typeface::BebasNeue, "Bebas Neue", "Tall, even capitals"),
    (Typeface::Oswald, "Oswald", "Narrow and sober"),
    (Typeface::Inter, "Inter", "Neutral, very heavy"),
    (Typeface::Montserrat, "Montserrat", "Geometric, very heavy"),
    (Typeface::Poppins, "Poppins", "Geometric and friendly"),
    (Typeface::PlayfairDisplay, "Playfair Display", "A serif with high contrast"),
    (Typeface::PermanentMarker, "Permanent Marker", "Written with a felt pen"),
    (Typeface::Bangers, "Bangers", "Comic lettering"),
    (Typeface::LuckiestGuy, "Luckiest Guy", "Round cartoon lettering"),
];

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/brand", show)
        .post("/brand", set_look)
        .post("/brand/logo", set_logo)
        .post("/brand/logo/delete", delete_logo)
}

/// A font to choose.
struct Font {
    value: String,
    name: &'static str,
    hint: &'static str,
    chosen: bool,
}

/// The mark as it is kept.
struct Logo {
    width: u32,
    height: u32,
    /// Changes when the mark does, so that a browser does not show the one before.
    digest: String,
}

#[derive(Template)]
#[template(path = "pages/brand.html")]
struct BrandPage {
    frame: Frame,
    mistakes: Mistakes,
    /// Whether there are colours of one's own.
    coloured: bool,
    primary: String,
    accent: String,
    fonts: Vec<Font>,
    /// Whether the font is left to the style.
    any_font: bool,
    logo: Option<Logo>,
    /// What a look at a cover needs besides: nothing without a photo.
    look: Option<String>,
}

async fn show(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
) -> Result<Response, Problem> {
    let page = page(&web, &visitor, &caller, Mistakes::default()).await?;
    visitor.page(&web, &page)
}

async fn page(
    web: &Shared,
    visitor: &Visitor,
    caller: &app::Caller,
    mistakes: Mistakes,
) -> Result<BrandPage, Problem> {
    let kit = web.app.brand_kit(caller).await?;
    let offered = (OFFERED.0.to_owned(), OFFERED.1.to_owned());
    let chosen = kit.colours.map(|colours| (colours.primary.to_string(), colours.accent.to_string()));
    let coloured = chosen.is_some();
    let (primary, accent) = chosen.unwrap_or(offered);
    let font = |&(face, name, hint): &(Typeface, &'static str, &'static str)| Font {
        value: word(&face),
        name,
        hint,
        chosen: kit.font == Some(face),
    };
    Ok(BrandPage {
        frame: visitor.frame(web, "Brand kit", "/thumbnails").await?,
        mistakes,
        coloured,
        primary,
        accent,
        fonts: FONTS.iter().map(font).collect(),
        any_font: kit.font.is_none(),
        logo: kit.logo.map(|logo| Logo {
            width: logo.size.width,
            height: logo.size.height,
            digest: logo.digest.to_string(),
        }),
        look: look(web, caller).await?,
    })
}

/// The query of a look at a cover: a style and the best photo.
async fn look(web: &Shared, caller: &app::Caller) -> Result<Option<String>, Problem> {
    let photos = web.app.photos(caller, PageRequest::first(PHOTOS)).await?.items;
    let usable = photos.iter().filter(|photo| photo.check.verdict != Verdict::Unusable);
    let Some(photo) = usable.max_by_key(|photo| photo.check.score) else { return Ok(None) };
    let styles = web.app.styles(Some(StyleKind::Thumbnail));
    Ok(styles.first().map(|style| format!("photo={}&style={}&brand=on", photo.id, style.id)))
}

async fn set_look(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    form: Form,
) -> Result<Response, Problem> {
    let own = form.text("colours") == "own";
    let read = colours(&form).and_then(|read| Ok((read, choice::<Typeface>(&form, "font")?)));
    match read {
        Ok((read, font)) => {
            web.app.set_brand_look(&caller, read.filter(|_| own), font).await?;
            Ok(kept(&web, Flash::BrandKept))
        }
        Err(problem) => again(&web, &visitor, &caller, &problem).await,
    }
}

async fn again(
    web: &Shared,
    visitor: &Visitor,
    caller: &app::Caller,
    problem: &Problem,
) -> Result<Response, Problem> {
    let page = page(web, visitor, caller, Mistakes::whole(&sentence(problem.detail()))).await?;
    visitor.page_with(web, problem.status(), &page)
}

fn kept(web: &Shared, flash: Flash) -> Response {
    let mut answer = Redirect::to("/brand").into_response();
    flash.leave(web, &mut answer);
    answer
}

async fn set_logo(
    State(web): State<Shared>,
    visitor: Visitor,
    Signed(caller): Signed,
    request: Request,
) -> Result<Response, Problem> {
    let _turn = turn(&web.uploads).await?;
    let reading = tokio::time::timeout(web.settings.limits.upload_within, file(request)).await;
    let file = reading.map_err(|_| Problem::new("too-slow", "the form took too long to arrive"))?;
    let set = match file {
        Ok(file) => web.app.set_brand_logo(&caller, file).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match set {
        Ok(_) => Ok(kept(&web, Flash::LogoKept)),
        Err(problem) if ["photo-unreadable", "too-large"].contains(&problem.name()) => {
            again(&web, &visitor, &caller, &problem).await
        }
        Err(problem) => Err(problem),
    }
}

/// The file of a form; empty when none was chosen.
async fn file(request: Request) -> Result<Vec<u8>, Problem> {
    let form = request.extract::<Multipart, _>().await;
    let mut form = form.map_err(|error| Problem::new("wrong-media-type", error.body_text()))?;
    let broken = || Problem::new("upload-broken", "the form broke off before its end: send it again");
    let mut file = Vec::new();
    while let Some(mut field) = form.next_field().await.map_err(|_| broken())? {
        if field.name() != Some("logo") {
            continue;
        }
        while let Some(piece) = field.chunk().await.map_err(|_| broken())? {
            if file.len() + piece.len() > LOGO_FILE_BYTES {
                return Err(Problem::new("too-large", "a logo’s file has at most 5 MB"));
            }
            file.extend_from_slice(&piece);
        }
        break;
    }
    Ok(file)
}

async fn delete_logo(State(web): State<Shared>, Signed(caller): Signed) -> Result<Response, Problem> {
    web.app.delete_brand_logo(&caller).await?;
    Ok(kept(&web, Flash::LogoDeleted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_font_is_offered_once_and_shown_in_itself() {
        for face in Typeface::ALL {
            assert_eq!(FONTS.iter().filter(|(known, ..)| *known == face).count(), 1, "{face:?}");
        }
        let samples = include_str!("../../assets/typefaces.svg");
        for (face, ..) in FONTS {
            assert!(samples.contains(&format!("id=\"{}\"", word(&face))), "{face:?}");
        }
    }
}
