//! The local folder, put through the story that every storage is put through.

use storage::{Folder, FolderConfig};

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_keeps_every_promise_of_the_port() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(&FolderConfig::new(home.path().join("objects folder"))).unwrap();
    conformance::objects::story(&folder).await;
}
