//! Images: the gallery, their files in full and for platforms, favourites.

use app::{Delivery, Resolution};
use axum::Json as Answer;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::ids::GenerationId;
use domain::image::{Image, ImageId, Picture};
use domain::ports::database::ImageFilter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::styles::platform;
use crate::Problem;
use crate::extract::{Json, Path, Query, Range, Signed, page_request};
use crate::files::hand_over;
use crate::reading::Disposition;
use crate::state::Shared;
use crate::wire::{Id, PageView, SizeView, Time};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default()
        .routes(routes!(list_images))
        .routes(routes!(get_image, delete_image))
        .routes(routes!(get_image_file))
        .routes(routes!(get_image_preview))
        .routes(routes!(set_favourite))
}

/// One result.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Image)]
pub(crate) struct ImageView {
    /// The generation that made it.
    #[schema(value_type = Id)]
    generation: GenerationId,
    /// Its number in the generation, from 1.
    number: u8,
    /// The full resolution.
    full: PictureView,
    /// The small picture of the gallery.
    preview: PictureView,
    /// How close the face is to the person's photos, 0 to 1, where that was looked at.
    likeness: Option<f32>,
    favourite: bool,
    created_at: Time,
    /// From this moment on the full resolution is not served, and is deleted.
    expires_at: Time,
    /// From this moment on the preview goes too; `null` until it is deleted by its owner.
    preview_expires_at: Option<Time>,
}

/// What is known of the bytes of a picture.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Picture)]
pub(crate) struct PictureView {
    #[schema(example = "image/jpeg")]
    media_type: String,
    bytes: u64,
    size: SizeView,
    /// SHA-256 of the bytes.
    digest: String,
}

impl From<Picture> for PictureView {
    fn from(picture: Picture) -> Self {
        PictureView {
            media_type: picture.media_type,
            bytes: picture.bytes,
            size: picture.size.into(),
            digest: picture.digest.to_string(),
        }
    }
}

impl From<Image> for ImageView {
    fn from(image: Image) -> Self {
        ImageView {
            generation: image.id.generation,
            number: image.id.number,
            full: image.full.into(),
            preview: image.preview.into(),
            likeness: image.likeness,
            favourite: image.favourite,
            created_at: image.created_at.into(),
            expires_at: image.expires_at.into(),
            preview_expires_at: image.preview_expires_at.map(Time),
        }
    }
}

/// Which images.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImagesQuery {
    /// Only those that are marked.
    favourites: Option<bool>,
    /// The `next` of the page before; the first page without.
    #[param(max_length = 200)]
    after: Option<String>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// All or the favourites.
pub(crate) fn filter(favourites: Option<bool>) -> ImageFilter {
    if favourites.unwrap_or_default() { ImageFilter::Favourites } else { ImageFilter::All }
}

/// List the images
///
/// The gallery of all generations, newest first.
#[utoipa::path(
    get, path = "/images", operation_id = "listImages", tag = "Images",
    security(("session" = []), ("api_key" = ["images:read"])),
    params(ImagesQuery),
    responses((status = 200, body = PageView<ImageView>, description = "A page of images.")),
)]
async fn list_images(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(query): Query<ImagesQuery>,
) -> Result<Answer<PageView<ImageView>>, Problem> {
    let page = page_request(query.after.as_deref(), query.limit)?;
    let images = web.app.images(&caller, filter(query.favourites), page).await?;
    Ok(Answer(PageView::of(images, ImageView::from)))
}

/// The path of an image.
type ImagePath = Path<(GenerationId, u8)>;

fn id(Path((generation, number)): ImagePath) -> ImageId {
    ImageId { generation, number }
}

/// Read an image
#[utoipa::path(
    get, path = "/images/{generation}/{number}", operation_id = "getImage", tag = "Images",
    security(("session" = []), ("api_key" = ["images:read"])),
    params(
        ("generation" = inline(Id), Path, description = "The generation that made it."),
        ("number" = u8, Path, description = "Its number in the generation, from 1.", minimum = 1, maximum = 16),
    ),
    responses((status = 200, body = ImageView, description = "What is known of it.")),
)]
async fn get_image(
    State(web): State<Shared>,
    Signed(caller): Signed,
    path: ImagePath,
) -> Result<Answer<ImageView>, Problem> {
    Ok(Answer(web.app.image(&caller, id(path)).await?.into()))
}

/// Delete an image
///
/// With its preview.
#[utoipa::path(
    delete, path = "/images/{generation}/{number}", operation_id = "deleteImage", tag = "Images",
    security(("session" = []), ("api_key" = ["generations:write"])),
    params(
        ("generation" = inline(Id), Path, description = "The generation that made it."),
        ("number" = u8, Path, description = "Its number in the generation, from 1.", minimum = 1, maximum = 16),
    ),
    responses((status = 204, description = "It is deleted.")),
)]
async fn delete_image(
    State(web): State<Shared>,
    Signed(caller): Signed,
    path: ImagePath,
) -> Result<StatusCode, Problem> {
    web.app.delete_image(&caller, id(path)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// For which platform.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlatformQuery {
    /// In the size, the format and the bytes of this platform; as it is without.
    #[param(example = "linkedin", max_length = 100)]
    pub(crate) platform: Option<String>,
}

/// Fetch an image in full
#[utoipa::path(
    get, path = "/images/{generation}/{number}/file", operation_id = "getImageFile", tag = "Images",
    security(("session" = []), ("api_key" = ["images:read"])),
    params(
        ("generation" = inline(Id), Path, description = "The generation that made it."),
        ("number" = u8, Path, description = "Its number in the generation, from 1.", minimum = 1, maximum = 16),
        PlatformQuery,
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/*", description = "The image."),
        (status = 206, body = Vec<u8>, content_type = "image/*", description = "The part that the Range header asks for."),
        (status = 304, description = "It is the one that If-None-Match names."),
        (status = 307, description = "It is at the storage's own address, for a few minutes: go there without the credential."),
    ),
    extensions(("x-problems" = json!(["gone", "range", "unknown-platform"]))),
)]
async fn get_image_file(
    State(web): State<Shared>,
    Signed(caller): Signed,
    path: ImagePath,
    Query(query): Query<PlatformQuery>,
    Range(range): Range,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let image = id(path);
    if let Some(wanted) = query.platform {
        let platform = platform(&wanted)?;
        let fitted = web.app.fit_image(&caller, image, platform.kind, &platform.id).await?;
        let mut answer = Bytes::copy_from_slice(fitted.picture.bytes()).into_response();
        let kind = HeaderValue::from_static(fitted.picture.media_type.as_str());
        answer.headers_mut().insert(CONTENT_TYPE, kind);
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        let name = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", fitted.name));
        if let Ok(name) = name {
            answer.headers_mut().insert(HeaderName::from_static("content-disposition"), name);
        }
        return Ok(answer);
    }
    let delivery = web.app.hand_over_image(&caller, image, Resolution::Full, range).await?;
    let ending = match &delivery {
        Delivery::Here(reading) => app::extension(reading.object.media_type.as_str()),
        // It names itself.
        Delivery::Elsewhere(_) => "",
    };
    let name = format!("{}-{}.{ending}", image.generation, image.number);
    Ok(hand_over(delivery, range, &headers, Disposition::Attachment(name)))
}

/// Fetch an image's preview
#[utoipa::path(
    get, path = "/images/{generation}/{number}/preview", operation_id = "getImagePreview", tag = "Images",
    security(("session" = []), ("api_key" = ["images:read"])),
    params(
        ("generation" = inline(Id), Path, description = "The generation that made it."),
        ("number" = u8, Path, description = "Its number in the generation, from 1.", minimum = 1, maximum = 16),
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/*", description = "The preview."),
        (status = 206, body = Vec<u8>, content_type = "image/*", description = "The part that the Range header asks for."),
        (status = 304, description = "It is the one that If-None-Match names."),
        (status = 307, description = "It is at the storage's own address, for a few minutes: go there without the credential."),
    ),
    extensions(("x-problems" = json!(["gone", "range"]))),
)]
async fn get_image_preview(
    State(web): State<Shared>,
    Signed(caller): Signed,
    path: ImagePath,
    Range(range): Range,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let delivery = web.app.hand_over_image(&caller, id(path), Resolution::Preview, range).await?;
    Ok(hand_over(delivery, range, &headers, Disposition::Inline))
}

/// Whether it is marked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetFavourite {
    favourite: bool,
}

/// Mark an image
#[utoipa::path(
    put, path = "/images/{generation}/{number}/favourite", operation_id = "setFavourite", tag = "Images",
    security(("session" = []), ("api_key" = ["generations:write"])),
    params(
        ("generation" = inline(Id), Path, description = "The generation that made it."),
        ("number" = u8, Path, description = "Its number in the generation, from 1.", minimum = 1, maximum = 16),
    ),
    request_body = SetFavourite,
    responses((status = 200, body = ImageView, description = "The image as it is now.")),
)]
async fn set_favourite(
    State(web): State<Shared>,
    Signed(caller): Signed,
    path: ImagePath,
    Json(mark): Json<SetFavourite>,
) -> Result<Answer<ImageView>, Problem> {
    Ok(Answer(web.app.set_favourite(&caller, id(path), mark.favourite).await?.into()))
}
