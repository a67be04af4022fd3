//! The brand kit: the colours, the typeface and the mark of an account's thumbnails.

use axum::Json as Answer;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::Colour;
use domain::brand::{BrandColours, BrandKit};
use domain::style::thumbnail::Typeface;
use http_body_util::{BodyExt, Limited};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::images::PictureView;
use crate::Problem;
use crate::extract::{Json, Signed};
use crate::state::{Shared, turn};
use crate::wire::{ColourText, FontName};

/// Bytes of a logo's file as it comes in.
pub(crate) const LOGO_FILE_BYTES: usize = 5_000_000;

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default().routes(routes!(get_brand, set_brand)).routes(routes!(
        get_logo,
        set_logo,
        delete_logo
    ))
}

/// A brand kit. What is `null` is left to the style.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Brand)]
pub(crate) struct BrandView {
    colours: Option<ColoursView>,
    /// What titles are set in.
    #[schema(value_type = Option<FontName>)]
    font: Option<Typeface>,
    /// What is known of the logo; its file has an address of its own.
    logo: Option<PictureView>,
}

/// A brand's two colours.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = BrandColours)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColoursView {
    /// Colours the scene.
    #[schema(value_type = ColourText)]
    primary: Colour,
    /// Colours the highlighted word and ornaments.
    #[schema(value_type = ColourText)]
    accent: Colour,
}

impl From<BrandKit> for BrandView {
    fn from(kit: BrandKit) -> Self {
        BrandView {
            colours: kit.colours.map(|BrandColours { primary, accent }| ColoursView { primary, accent }),
            font: kit.font,
            logo: kit.logo.map(PictureView::from),
        }
    }
}

/// Colours and font of a brand kit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetBrand {
    /// `null` for the style's own.
    colours: Option<ColoursView>,
    /// `null` for the style's own.
    #[schema(value_type = Option<FontName>)]
    font: Option<Typeface>,
}

/// Read the brand kit
#[utoipa::path(
    get, path = "/brand", operation_id = "getBrand", tag = "Account",
    security(("session" = []), ("api_key" = ["account:read"])),
    responses((status = 200, body = BrandView, description = "The kit; empty until something is put into it.")),
)]
async fn get_brand(State(web): State<Shared>, Signed(caller): Signed) -> Result<Answer<BrandView>, Problem> {
    Ok(Answer(web.app.brand_kit(&caller).await?.into()))
}

/// Set colours and font of the brand kit
///
/// Both take the place of what was there. The logo stays.
#[utoipa::path(
    put, path = "/brand", operation_id = "setBrand", tag = "Account", security(("session" = [])),
    request_body = SetBrand,
    responses((status = 200, body = BrandView, description = "The kit as it is now.")),
)]
async fn set_brand(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Json(look): Json<SetBrand>,
) -> Result<Answer<BrandView>, Problem> {
    let colours = look.colours.map(|ColoursView { primary, accent }| BrandColours { primary, accent });
    Ok(Answer(web.app.set_brand_look(&caller, colours, look.font).await?.into()))
}

/// Fetch the logo
#[utoipa::path(
    get, path = "/brand/logo", operation_id = "getLogo", tag = "Account",
    security(("session" = []), ("api_key" = ["account:read"])),
    responses((status = 200, content_type = "image/png", body = Vec<u8>, description = "The logo as it is kept: PNG, at most 512 pixels a side.")),
    extensions(("x-problems" = json!(["not-found"]))),
)]
async fn get_logo(State(web): State<Shared>, Signed(caller): Signed) -> Result<Response, Problem> {
    let logo = web.app.brand_logo(&caller).await?;
    let kind = HeaderValue::from_static(logo.media_type.as_str());
    let mut answer = Bytes::copy_from_slice(logo.bytes()).into_response();
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(answer)
}

/// Set the logo
///
/// The picture's file is the body; PNG with transparency does best. It is made small and written anew.
#[utoipa::path(
    put, path = "/brand/logo", operation_id = "setLogo", tag = "Account", security(("session" = [])),
    request_body(content = Vec<u8>, content_type = "image/*", description = "The file, at most 5 MB."),
    responses((status = 200, body = BrandView, description = "The kit as it is now.")),
    extensions(("x-problems" = json!(["photo-unreadable", "too-large", "wrong-media-type"]))),
)]
async fn set_logo(
    State(web): State<Shared>,
    Signed(caller): Signed,
    request: Request,
) -> Result<Answer<BrandView>, Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("image/") && kind != "application/octet-stream" {
        return Err(Problem::new("wrong-media-type", "send the picture itself, as image/png for example"));
    }
    let _turn = turn(&web.uploads).await?;
    let body = Limited::new(request.into_body(), LOGO_FILE_BYTES).collect().await;
    let file = body
        .map_err(|_| Problem::new("too-large", "a logo's file has at most 5 MB, and has to arrive whole"))?;
    Ok(Answer(web.app.set_brand_logo(&caller, file.to_bytes().into()).await?.into()))
}

/// Delete the logo
#[utoipa::path(
    delete, path = "/brand/logo", operation_id = "deleteLogo", tag = "Account", security(("session" = [])),
    responses((status = 204, description = "There is none any more.")),
)]
async fn delete_logo(State(web): State<Shared>, Signed(caller): Signed) -> Result<StatusCode, Problem> {
    web.app.delete_brand_logo(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
