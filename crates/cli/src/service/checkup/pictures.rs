//! Whether pictures could be stored, and whether their rules are there.

use super::{Finding, Patient};
use crate::exit::Failure;
use crate::service::data::DataFolder;
use crate::service::storage::Storage;

const WHAT: &str = "storage";

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    if !patient.data.exists() {
        let words = format_args!("there is no {} yet: the first start makes it", patient.data.display());
        return vec![Finding::note(WHAT, words)];
    }
    vec![look_at_it(patient).await.unwrap_or_else(|failure| Finding::bad(WHAT, failure))]
}

async fn look_at_it(patient: &Patient) -> Result<Finding, Failure> {
    let storage = Storage::open(&patient.configuration.storage, &DataFolder::open(&patient.data)?)?;
    let health = storage.objects().health().await.map_err(Failure::machine)?;
    let room = health.free_bytes.map(|bytes| format!(", {:.1} GB free", bytes as f64 / 1e9));
    let settings = patient.configuration.settings().map_err(Failure::usage)?;
    let rules = storage.verified(&settings.retention).await?;
    Ok(Finding::good(WHAT, format_args!("pictures can be stored{}; {rules}", room.unwrap_or_default())))
}
