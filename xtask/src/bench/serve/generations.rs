//! Generations from wish to end with a provider that takes no time: use cases, SQLite, the folder and the previews.

use std::sync::Arc;
use std::time::Instant;

use app::{GenerateRequest, NewUpload, Shape, UploadPurpose};
use bytes::Bytes;
use domain::{AspectRatio, StyleKind};
use futures_util::stream;
use tokio::sync::oneshot;

use super::instant;
use crate::Failure;

const PEOPLE: u8 = 16;
const EACH: u64 = 200;
const ALL: u64 = PEOPLE as u64 * EACH;
const AT_ONCE: u32 = 16;

/// Prints the figures.
pub(super) async fn run() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let app = instant::app(folder.path(), AT_ONCE).await?;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        let caller = instant::person(&app, n).await?;
        let photo = Bytes::from_static(b"a photo");
        let bytes = Some(photo.len() as u64);
        let body = Box::pin(stream::iter([Ok(photo)]));
        let upload = NewUpload { purpose: UploadPurpose::Person, bytes, body };
        let photo = app.upload_photo(&caller, upload).await?.id;
        people.push((caller, photo));
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let begin = Instant::now();
    let worker = {
        let app = Arc::clone(&app);
        tokio::spawn(async move {
            app.work(async move {
                let _ = stopped.await;
            })
            .await;
        })
    };
    let wishes: Vec<_> = people
        .into_iter()
        .map(|(caller, photo)| {
            let app = Arc::clone(&app);
            tokio::spawn(async move {
                for _ in 0..EACH {
                    let started = app.generate(&caller, wish(photo)).await;
                    started.map_err(|error| error.to_string())?;
                }
                Ok::<_, String>(())
            })
        })
        .collect();
    for wish in wishes {
        wish.await??;
    }
    while app.operator().totals().await?.generations.succeeded < ALL {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let rate = ALL as f64 / begin.elapsed().as_secs_f64();
    println!("serve: {ALL} generations of one picture with an instant provider, on SQLite");
    println!("  from wish to end               {rate:>8.0} generations/s");
    let _ = stop.send(());
    worker.await?;
    let faults = app.ports().database.audit_ledger().await?;
    if faults.is_empty() { Ok(()) } else { Err("the ledger does not add up".into()) }
}

fn wish(photo: domain::ids::PhotoId) -> GenerateRequest {
    GenerateRequest {
        kind: StyleKind::Headshot,
        style: "studio-white".into(),
        photos: vec![photo],
        count: 1,
        shape: Shape::Free { aspect: AspectRatio::Portrait4x5, long_side: 1024 },
        title: None,
        note: None,
        background: None,
        seed: Some(7),
        thumbnail: None,
        idempotency_key: None,
    }
}
