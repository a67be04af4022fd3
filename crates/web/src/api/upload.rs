//! How a photo comes in: as the body itself or as the file of a form, streamed to the storage piece by piece. No piece may be long
//! in coming, nor the whole, and only so many come at a time.

use std::time::Duration;

use app::{NewUpload, UploadPurpose};
use axum::RequestExt;
use axum::body::BodyDataStream;
use axum::extract::Request;
use axum::extract::multipart::{Field, Multipart};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use bytes::Bytes;
use domain::photo::Photo;
use domain::ports::objects::{Body, ObjectsError};
use futures_util::{Stream, StreamExt, stream};
use tokio::time::Instant;

use crate::Problem;
use crate::state::{Shared, turn};

/// How long the next piece may take.
const IDLE: Duration = Duration::from_secs(30);

/// Takes the photo of a request in.
pub(crate) async fn receive(
    web: &Shared,
    caller: &app::Caller,
    purpose: UploadPurpose,
    request: Request,
) -> Result<Photo, Problem> {
    let kind = Kind::of(request.headers())?;
    // Said beforehand, it is refused before a byte is read.
    let bytes = announced(request.headers());
    let limit = web.app.settings().uploads.max_bytes;
    if kind == Kind::File && bytes.is_some_and(|bytes| bytes > limit) {
        return Err(app::AppError::Upload(ObjectsError::TooLarge { limit }).into());
    }
    let _turn = turn(&web.uploads).await?;
    let until = Instant::now() + web.settings.limits.upload_within;
    match kind {
        Kind::File => {
            let body = unhurried(request.into_body().into_data_stream(), until);
            keep(web, caller, NewUpload { purpose, bytes, body }).await
        }
        Kind::Form => {
            let form = request.extract::<Multipart, _>().await;
            let mut form = form.map_err(|error| Problem::new("wrong-media-type", error.body_text()))?;
            let field = tokio::time::timeout_at(until, file_of(&mut form)).await;
            let field = field.map_err(|_| Problem::new("too-slow", "the form took too long to arrive"))??;
            keep(web, caller, NewUpload { purpose, bytes: None, body: unhurried(field, until) }).await
        }
    }
}

async fn keep(web: &Shared, caller: &app::Caller, upload: NewUpload<'_>) -> Result<Photo, Problem> {
    Ok(web.app.upload_photo(caller, upload).await?)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Form,
}

impl Kind {
    /// What a file really is, is found out by looking at it: any picture's name will do, or none.
    fn of(headers: &HeaderMap) -> Result<Kind, Problem> {
        let text = headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
        let Some(text) = text else { return Ok(Kind::File) };
        let plain = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match plain.as_str() {
            "multipart/form-data" => Ok(Kind::Form),
            "application/octet-stream" => Ok(Kind::File),
            picture if picture.starts_with("image/") => Ok(Kind::File),
            _ => Err(Problem::new(
                "wrong-media-type",
                "send the photo itself as image/jpeg, image/png, image/webp or image/avif, or as the file of a multipart/form-data form",
            )),
        }
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The form's first file.
async fn file_of(form: &mut Multipart) -> Result<Field<'_>, Problem> {
    // Once with a name and once to give it away: a field borrows the form, so it can't be kept while others are looked at.
    let broken = |error: axum::extract::multipart::MultipartError| {
        Problem::new("upload-broken", format!("the form can't be read: {}", error.body_text()))
    };
    match form.next_field().await.map_err(broken)? {
        Some(field) if field.file_name().is_some() || field.name() == Some("photo") => Ok(field),
        _ => {
            Err(Problem::invalid("photo", "the form's first field has to be the photo's file, named `photo`"))
        }
    }
}

/// A body of which no piece is long in coming, and which ends in time.
pub(crate) fn unhurried<'a, S, E>(pieces: S, until: Instant) -> Body<'a>
where
    S: Stream<Item = Result<Bytes, E>> + Send + Unpin + 'a,
    E: Send + 'a,
{
    Box::pin(stream::unfold(Some(pieces), move |pieces| async move {
        let mut pieces = pieces?;
        let patience = until.min(Instant::now() + IDLE);
        match tokio::time::timeout_at(patience, pieces.next()).await {
            Ok(None) => None,
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some(pieces))),
            Ok(Some(Err(_))) | Err(_) => Some((Err(ObjectsError::Interrupted), None)),
        }
    }))
}

/// Asserts at compile time that a request's body can be such a stream.
const _: fn(BodyDataStream, Instant) -> Body<'static> = unhurried::<BodyDataStream, axum::Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stalls_or_never_ends_is_broken_off() {
        let start = Instant::now();
        let stalls = stream::iter([Ok::<_, ()>(Bytes::from_static(b"a"))]).chain(stream::pending()).boxed();
        let pieces: Vec<_> = unhurried(stalls, start + 10 * IDLE).collect().await;
        assert!(matches!(pieces[..], [Ok(_), Err(ObjectsError::Interrupted)]));
        assert_eq!(start.elapsed(), IDLE);

        let start = Instant::now();
        let drips = stream::unfold((), |()| async {
            tokio::time::sleep(IDLE / 2).await;
            Some((Ok::<_, ()>(Bytes::from_static(b"a")), ()))
        });
        let pieces: Vec<_> = unhurried(drips.boxed(), start + 3 * IDLE).collect().await;
        assert!(matches!(pieces.last(), Some(Err(ObjectsError::Interrupted))));
        assert_eq!(start.elapsed(), 3 * IDLE);
    }

    #[test]
    fn a_picture_or_a_form_is_taken_and_nothing_else() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, axum::http::HeaderValue::from_static(text));
            Kind::of(&headers).ok()
        };
        assert_eq!(of("image/jpeg"), Some(Kind::File));
        assert_eq!(of("multipart/form-data; boundary=x"), Some(Kind::Form));
        assert_eq!(of("application/json"), None);
        assert_eq!(Kind::of(&HeaderMap::new()).ok(), Some(Kind::File));
    }
}
