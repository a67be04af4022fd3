//! Archives: several files at once as a ZIP that is written while it is read. Nothing of it is ever whole, neither in memory nor on
//! a disk. If it can't be finished the connection breaks off, so that half an archive is never taken for a whole one.

use std::io;
use std::sync::Arc;

use app::{AppError, Archive, Caller, Export, ExportEntry, Selection};
use async_zip::base::write::ZipFileWriter;
use async_zip::{Compression, ZipDateTimeBuilder, ZipEntryBuilder};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::ids::GenerationId;
use domain::ports::objects::{self, ObjectsError};
use domain::time::Timestamp;
use futures_util::future::ready;
use futures_util::io::AsyncWriteExt;
use futures_util::{StreamExt, TryFutureExt, stream};
use serde::Deserialize;
use tokio::io::{AsyncWrite, DuplexStream};
use tokio::sync::oneshot;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};
use tokio_util::io::ReaderStream;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::images::{PlatformQuery, filter};
use super::styles::platform;
use crate::Problem;
use crate::extract::{Path, Query, Signed};
use crate::state::{Shared, turn};
use crate::wire::Id;

/// Bytes between the writer of an archive and its reader.
const BETWEEN: usize = 64 * 1024;

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default().routes(routes!(archive_images)).routes(routes!(archive_generation))
}

/// Which images, and for which platform.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ArchiveQuery {
    /// Only those that are marked.
    favourites: Option<bool>,
    /// In the size, the format and the bytes of this platform; as they are without.
    #[param(example = "linkedin", max_length = 100)]
    platform: Option<String>,
}

/// Fetch all images
///
/// A ZIP of every image whose full resolution is still there.
#[utoipa::path(
    get, path = "/images/archive", operation_id = "archiveImages", tag = "Images",
    security(("session" = []), ("api_key" = ["images:read"])),
    params(ArchiveQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip", description = "The archive, as a stream.")),
    extensions(("x-problems" = json!(["not-found", "unknown-platform"]))),
)]
async fn archive_images(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(query): Query<ArchiveQuery>,
) -> Result<Response, Problem> {
    images(web, caller, Selection::Account(filter(query.favourites)), query.platform).await
}

/// Fetch the images of a generation
///
/// A ZIP of those whose full resolution is still there.
#[utoipa::path(
    get, path = "/generations/{generation}/archive", operation_id = "archiveGeneration", tag = "Generations",
    security(("session" = []), ("api_key" = ["images:read"])),
    params(("generation" = inline(Id), Path, description = "Which generation."), PlatformQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip", description = "The archive, as a stream.")),
    extensions(("x-problems" = json!(["unknown-platform"]))),
)]
async fn archive_generation(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(generation): Path<GenerationId>,
    Query(query): Query<PlatformQuery>,
) -> Result<Response, Problem> {
    images(web, caller, Selection::Generation(generation), query.platform).await
}

/// The archive of a selection of images.
async fn images(
    web: Shared,
    caller: Caller,
    selection: Selection,
    wanted: Option<String>,
) -> Result<Response, Problem> {
    let wanted = wanted.as_deref().map(platform).transpose()?;
    let wanted = wanted.map(|platform| (platform.kind, platform.id.clone()));
    let permit = turn(&web.archives).await?;
    let app = Arc::clone(&web.app);
    respond("covershots-images.zip", |begun, pipe| async move {
        let _permit = permit;
        match app.archive(&caller, selection, wanted).await {
            Ok(archive) => write(Files::Images(archive), begun, pipe).await,
            Err(error) => refuse(begun, error),
        }
    })
    .await
}

/// The archive of everything about an account.
pub(crate) async fn export(web: Shared, caller: Caller) -> Result<Response, Problem> {
    let permit = turn(&web.archives).await?;
    let app = Arc::clone(&web.app);
    respond("covershots-account.zip", |begun, pipe| async move {
        let _permit = permit;
        match app.export(&caller).await {
            Ok(export) => write(Files::Account(export), begun, pipe).await,
            Err(error) => refuse(begun, error),
        }
    })
    .await
}

/// Says whether there will be an archive.
type Begun = oneshot::Sender<Result<(), AppError>>;

/// Starts a writer, and answers with what it writes once it says that there is something to write.
async fn respond<W, F>(name: &'static str, writer: W) -> Result<Response, Problem>
where
    W: FnOnce(Begun, DuplexStream) -> F,
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let (pipe, output) = tokio::io::duplex(BETWEEN);
    let (begun, beginning) = oneshot::channel();
    let writing = tokio::spawn(writer(begun, pipe));
    match beginning.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => return Err(Problem::new("internal", "the archive was not begun")),
    }
    // The pipe ends when the writer does, whether it finished or failed: only its own word tells.
    let ending = stream::once(writing.unwrap_or_else(|error| Err(io::Error::other(error))));
    let ending = ending.filter_map(async |result| result.err().map(Err));
    let mut answer = Body::from_stream(ReaderStream::new(output).chain(ending)).into_response();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}

fn refuse(begun: Begun, error: AppError) -> io::Result<()> {
    // An error says that the caller went away.
    let _ = begun.send(Err(error));
    Ok(())
}

/// Where the files of an archive come from.
enum Files<'a> {
    Images(Archive<'a>),
    Account(Export<'a>),
}

impl Files<'_> {
    async fn next(&mut self) -> Result<Option<ExportEntry>, AppError> {
        match self {
            Files::Images(archive) => archive.next().await,
            Files::Account(export) => export.next().await,
        }
    }
}

/// Writes everything about an account as a ZIP, file by file.
///
/// # Errors
/// The output can't be written, or what is to go into it can't be read.
pub async fn write_export<W: AsyncWrite + Unpin>(export: Export<'_>, out: W) -> io::Result<()> {
    pack(&mut Files::Account(export), out).await
}

/// Everything about an account as a ZIP that is written while it is read. One that can't be finished breaks off.
pub(crate) fn packed(export: Export<'_>) -> objects::Body<'_> {
    let (pipe, output) = tokio::io::duplex(BETWEEN);
    let writing = async move { pack(&mut Files::Account(export), pipe).await };
    let broken = |error: io::Error| {
        tracing::warn!(%error, "an archive broke off");
        ObjectsError::Interrupted
    };
    let ending =
        stream::once(writing).filter_map(move |ended| ready(ended.err().map(|error| Err(broken(error)))));
    let pieces = ReaderStream::new(output).map(move |piece| piece.map_err(broken));
    stream::select(pieces, ending).boxed()
}

async fn pack<W: AsyncWrite + Unpin>(files: &mut Files<'_>, out: W) -> io::Result<()> {
    let mut zip = ZipFileWriter::new(out.compat_write());
    while let Some(entry) = files.next().await.map_err(io::Error::other)? {
        add(&mut zip, entry).await?;
    }
    zip.close().await.map_err(io::Error::other)?.close().await
}

async fn write(mut files: Files<'_>, begun: Begun, pipe: DuplexStream) -> io::Result<()> {
    if begun.send(Ok(())).is_err() {
        return Ok(());
    }
    pack(&mut files, pipe).await.inspect_err(|error| {
        if error.kind() != io::ErrorKind::BrokenPipe {
            tracing::warn!(%error, "an archive broke off");
        }
    })
}

/// Pictures are compressed already, so they are stored as they are.
async fn add<W: AsyncWrite + Unpin>(
    zip: &mut ZipFileWriter<Compat<W>>,
    entry: ExportEntry,
) -> io::Result<()> {
    let ExportEntry { name, bytes: _, modified_at, mut body } = entry;
    let head = ZipEntryBuilder::new(name.into(), Compression::Stored)
        .last_modification_date(date(modified_at).build())
        .unix_permissions(0o644);
    let mut file = zip.write_entry_stream(head).await.map_err(io::Error::other)?;
    while let Some(piece) = body.next().await {
        file.write_all(&piece.map_err(io::Error::other)?).await?;
    }
    file.close().await.map_err(io::Error::other)
}

/// A moment as a ZIP has it: the parts of the date in UTC, from its RFC 3339 text.
fn date(at: Timestamp) -> ZipDateTimeBuilder {
    let text = at.to_string();
    let part =
        |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse().ok()).unwrap_or(0u32);
    ZipDateTimeBuilder::new()
        .year(i32::try_from(part(0, 4)).unwrap_or(1980))
        .month(part(5, 7))
        .day(part(8, 10))
        .hour(part(11, 13))
        .minute(part(14, 16))
        .second(part(17, 19))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_becomes_a_date() {
        let date = date(Timestamp::from_millis(1_764_000_123_000)).build();
        assert_eq!((date.year(), date.month(), date.day()), (2025, 11, 24));
        assert_eq!((date.hour(), date.minute(), date.second()), (16, 2, 2));
    }
}
