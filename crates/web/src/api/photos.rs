//! Photos: what was found in each, their list, their files, their end. How one comes in is in [`super::upload`].

use app::{PhotosDeleted, UploadPurpose};
use axum::Json as Answer;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::check::{Finding, FindingKind, PhotoCheck, Verdict};
use domain::ids::PhotoId;
use domain::photo::Photo;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::upload;
use crate::Problem;
use crate::extract::{PageQuery, Path, Query, Range, Signed};
use crate::files::hand_over;
use crate::reading::Disposition;
use crate::state::Shared;
use crate::wire::{Id, PageView, SizeView, Time};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default()
        .routes(routes!(upload_photo, list_photos, delete_photos))
        .routes(routes!(get_photo, delete_photo))
        .routes(routes!(get_photo_file))
}

/// A photo.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Photo)]
pub(crate) struct PhotoView {
    #[schema(value_type = Id)]
    id: PhotoId,
    #[schema(example = "image/jpeg")]
    media_type: String,
    bytes: u64,
    size: SizeView,
    /// SHA-256 of the bytes kept.
    digest: String,
    check: CheckView,
    created_at: Time,
    /// From this moment on it is not served, and is deleted.
    expires_at: Time,
}

impl From<Photo> for PhotoView {
    fn from(photo: Photo) -> Self {
        PhotoView {
            id: photo.id,
            media_type: photo.media_type,
            bytes: photo.bytes,
            size: photo.size.into(),
            digest: photo.digest.to_string(),
            check: photo.check.into(),
            created_at: photo.created_at.into(),
            expires_at: photo.expires_at.into(),
        }
    }
}

/// What a photo is good for. It holds no measurement of the face.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PhotoCheck)]
pub(crate) struct CheckView {
    verdict: VerdictView,
    /// How well the photo suits a headshot, 0 to 100.
    #[schema(maximum = 100)]
    score: u8,
    /// What was found, worst first.
    findings: Vec<FindingView>,
}

/// Whether a photo can be worked with.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Verdict)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VerdictView {
    Unusable,
    Usable,
    Good,
}

/// One thing found, with advice that a person can act on.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
pub(crate) struct FindingView {
    /// `no_face`, `several_faces`, `face_in_background`, `face_too_small`, `blurred`, `too_dark`, `too_bright`,
    /// `uneven_light`, `turned_away`, `tilted_up_or_down`, `head_cut`, `no_shoulders` or `eyes_hidden`.
    #[schema(value_type = String, example = "too_dark")]
    kind: FindingKind,
    verdict: VerdictView,
    #[schema(example = "Your face is in shadow: face a window.")]
    advice: String,
}

impl From<Verdict> for VerdictView {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Unusable => VerdictView::Unusable,
            Verdict::Usable => VerdictView::Usable,
            Verdict::Good => VerdictView::Good,
        }
    }
}

impl From<PhotoCheck> for CheckView {
    fn from(check: PhotoCheck) -> Self {
        let finding =
            |Finding { kind, verdict, advice }| FindingView { kind, verdict: verdict.into(), advice };
        CheckView {
            verdict: check.verdict.into(),
            score: check.score,
            findings: check.findings.into_iter().map(finding).collect(),
        }
    }
}

/// What the photo is for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadQuery {
    /// `person` (the usual): it shows the person, and one in which nobody can be found is refused. `background`: it is to stand
    /// behind the person.
    #[param(inline)]
    purpose: Option<PurposeWord>,
}

/// What a photo is for.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PurposeWord {
    Person,
    Background,
}

/// A photo in a form.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the shape of a form, for the document")]
pub(crate) struct PhotoForm {
    /// The file.
    #[schema(content_media_type = "application/octet-stream")]
    photo: Vec<u8>,
}

/// Upload a photo
///
/// Send the file as it is (JPEG, PNG, WebP, AVIF), or as the file of a form. It is looked at at once: the answer says how good
/// it is and what would make it better; a photo of which nothing can be made is refused and not kept. It is stored upright and
/// without its metadata.
#[utoipa::path(
    post, path = "/photos", operation_id = "uploadPhoto", tag = "Photos",
    security(("session" = []), ("api_key" = ["photos"])),
    params(UploadQuery),
    request_body(content(
        (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/avif"),
        (Vec<u8> = "application/octet-stream"), (PhotoForm = "multipart/form-data"),
    )),
    responses((status = 201, body = PhotoView, description = "The photo, with what was found in it.")),
    extensions(("x-problems" = json!([
        "consent-missing", "too-many-photos", "too-large", "upload-broken", "wrong-media-type", "photo-unreadable", "photo-unusable",
    ]))),
)]
async fn upload_photo(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(query): Query<UploadQuery>,
    request: Request,
) -> Result<(StatusCode, Answer<PhotoView>), Problem> {
    let purpose = match query.purpose {
        Some(PurposeWord::Background) => UploadPurpose::Background,
        _ => UploadPurpose::Person,
    };
    let photo = upload::receive(&web, &caller, purpose, request).await?;
    Ok((StatusCode::CREATED, Answer(photo.into())))
}

/// List the photos
#[utoipa::path(
    get, path = "/photos", operation_id = "listPhotos", tag = "Photos",
    security(("session" = []), ("api_key" = ["photos"])),
    params(PageQuery),
    responses((status = 200, body = PageView<PhotoView>, description = "A page of photos, newest first.")),
)]
async fn list_photos(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(page): Query<PageQuery>,
) -> Result<Answer<PageView<PhotoView>>, Problem> {
    Ok(Answer(PageView::of(web.app.photos(&caller, page.request()?).await?, PhotoView::from)))
}

/// What became of all photos.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PhotosDeleted)]
pub(crate) struct PhotosDeletedView {
    /// How many there were.
    photos: u64,
    /// How many the storage still lists; `null` when it does not answer, and is asked again until all are gone.
    left: Option<u64>,
}

/// Delete every photo
///
/// Generations that wait for them or work with them are cancelled.
#[utoipa::path(
    delete, path = "/photos", operation_id = "deletePhotos", tag = "Photos",
    security(("session" = []), ("api_key" = ["photos"])),
    responses((status = 200, body = PhotosDeletedView, description = "How many there were, and that none is left.")),
)]
async fn delete_photos(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<PhotosDeletedView>, Problem> {
    let PhotosDeleted { photos, left } = web.app.delete_photos(&caller).await?;
    Ok(Answer(PhotosDeletedView { photos, left }))
}

/// Read a photo
#[utoipa::path(
    get, path = "/photos/{photo}", operation_id = "getPhoto", tag = "Photos",
    security(("session" = []), ("api_key" = ["photos"])),
    params(("photo" = inline(Id), Path, description = "Which photo.")),
    responses((status = 200, body = PhotoView, description = "What is known of it.")),
)]
async fn get_photo(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(photo): Path<PhotoId>,
) -> Result<Answer<PhotoView>, Problem> {
    Ok(Answer(web.app.photo(&caller, photo).await?.into()))
}

/// Delete a photo
///
/// Generations that wait for it or work with it are cancelled.
#[utoipa::path(
    delete, path = "/photos/{photo}", operation_id = "deletePhoto", tag = "Photos",
    security(("session" = []), ("api_key" = ["photos"])),
    params(("photo" = inline(Id), Path, description = "Which photo.")),
    responses((status = 204, description = "It is deleted.")),
)]
async fn delete_photo(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(photo): Path<PhotoId>,
) -> Result<StatusCode, Problem> {
    web.app.delete_photo(&caller, photo).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Fetch a photo's file
#[utoipa::path(
    get, path = "/photos/{photo}/file", operation_id = "getPhotoFile", tag = "Photos",
    security(("session" = []), ("api_key" = ["photos"])),
    params(("photo" = inline(Id), Path, description = "Which photo.")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/*", description = "The photo."),
        (status = 206, body = Vec<u8>, content_type = "image/*", description = "The part that the Range header asks for."),
        (status = 304, description = "It is the one that If-None-Match names."),
        (status = 307, description = "It is at the storage's own address, for a few minutes: go there without the credential."),
    ),
    extensions(("x-problems" = json!(["gone", "range"]))),
)]
async fn get_photo_file(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(photo): Path<PhotoId>,
    Range(range): Range,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let delivery = web.app.hand_over_photo(&caller, photo, range).await?;
    Ok(hand_over(delivery, range, &headers, Disposition::Inline))
}
