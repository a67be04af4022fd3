//! Bad luck: a process that is killed, a caller who goes away. What was answered stays, what was not leaves nothing.

use std::path::Path;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::*;

/// What was interrupted is taken up again soon.
const CONFIGURATION: &str = "[worker]\nlease_seconds = 3\n";

/// Sends the first half of a photo, and leaves the connection open.
async fn half_an_upload(person: &Person, file: &[u8]) -> TcpStream {
    let address = person.url().strip_prefix("http://localhost").unwrap();
    let mut stream = TcpStream::connect(format!("127.0.0.1{address}")).await.unwrap();
    let head = format!(
        "POST /api/v1/photos HTTP/1.1\r\nhost: localhost\r\ncookie: {}\r\ncontent-type: image/jpeg\r\ncontent-length: {}\r\n\r\n",
        person.cookie(),
        file.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&file[..file.len() / 2]).await.unwrap();
    stream
}

async fn is_on_its_way(data: &Path) {
    let incoming = data.join("objects/incoming");
    let has_bytes = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.metadata().is_ok_and(|data| data.len() > 0))
    };
    until("the upload is on its way", async || std::fs::read_dir(&incoming).unwrap().any(has_bytes)).await;
}

#[tokio::test]
async fn an_upload_whose_sender_goes_away_leaves_nothing() {
    let house = House::new(CONFIGURATION);
    let server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let stream = half_an_upload(&ada, &photo("biden.jpg")).await;
    is_on_its_way(&house.data()).await;
    drop(stream);
    let mut books = Books::open(&house.data()).await;
    until("it is forgotten", async || books.unfinished().is_empty()).await;
    books.agree().await;
    assert_eq!(books.objects().len(), 0);
    ada.photo(&photo("biden.jpg")).await;
}

#[tokio::test]
async fn killed_during_an_upload_nothing_that_was_answered_is_lost() {
    let house = House::new(CONFIGURATION);
    let mut server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let kept = ada.photo(&small_photo("obama.jpg", 600)).await;
    let _open = half_an_upload(&ada, &photo("biden.jpg")).await;
    is_on_its_way(&house.data()).await;
    server.process.kill();

    let mut server = house.serve().await;
    let ada = ada.at(&server.url);
    let photos = ada.get("/api/v1/photos").await.expect(200).json();
    assert_eq!(photos["items"].as_array().unwrap().len(), 1);
    assert_eq!(photos["items"][0]["id"], kept);
    assert_eq!(ada.balance().await, 20);
    ada.photo(&photo("biden.jpg")).await;
    let mut books = Books::open(&house.data()).await;
    books.agree().await;
    assert_eq!(books.unfinished().len(), 1, "it may be another process's, so it is given an hour");
    server.process.stops().await;

    // An hour later: what is left tells in its name when it was begun.
    let left = books.unfinished().remove(0);
    let name = left.file_name().unwrap().to_str().unwrap();
    let (begun, rest) = name.split_once('.').unwrap();
    let earlier = begun.parse::<u64>().unwrap() - 3_600_001;
    std::fs::rename(&left, left.with_file_name(format!("{earlier}.{rest}"))).unwrap();
    let _server = house.serve().await;
    until("the sweep takes it away", async || books.unfinished().is_empty()).await;
}

#[tokio::test]
async fn killed_during_a_generation_it_is_taken_up_again_and_charged_once() {
    let house = House::new(CONFIGURATION);
    let mut server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let photo = ada.photo(&small_photo("obama.jpg", 600)).await;
    let mut events = ada.watches().await;
    let generation = ada.headshots(&photo, 16).await;
    // At its first image it is in the midst of it.
    while events.next().await.unwrap().1["image"].is_null() {}
    server.process.kill();

    let server = house.serve().await;
    let ada = ada.at(&server.url);
    let ended = ada.ended(&generation).await;
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert_eq!(ended["images"].as_array().unwrap().len(), 16);
    assert_eq!(ada.balance().await, 4);
    let mut books = Books::open(&house.data()).await;
    books.balance().await;
    books.agree().await;
}
