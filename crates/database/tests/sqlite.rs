//! SQLite against the story of the port, and what the port can't see: the file.

use std::path::Path;
use std::sync::Arc;

use conformance::database::Scene;
use database::{Sqlite, SqliteOptions};
use tempfile::TempDir;

async fn open(folder: &Path) -> Sqlite {
    Sqlite::open(SqliteOptions::new(folder.join("covershots.db"))).await.unwrap()
}

/// A scene on an empty file in a folder of its own.
async fn fresh() -> Scene {
    let folder = TempDir::new().unwrap();
    Scene::new(Arc::new(open(folder.path()).await), folder)
}

conformance::database_stories!(fresh);
