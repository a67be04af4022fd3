//! Stopping: whoever asks a process to end is obeyed soon, and what is at work is finished or handed back whole.

use reqwest::Method;

use crate::support::*;

#[tokio::test]
async fn asked_to_stop_it_finishes_what_is_at_work() {
    let house = House::new("");
    let mut server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let photo = ada.photo(&small_photo("obama.jpg", 600)).await;
    let mut events = ada.watches().await;
    let generation = ada.headshots(&photo, 4).await;
    while events.next().await.unwrap().1["state"] != "running" {}
    let waiting = ada.headshots(&photo, 1).await;
    server.process.signal("TERM");

    // Streams are told, so that browsers connect to whoever comes next.
    let mut last = String::new();
    while let Some((name, _)) = events.next().await {
        last = name;
    }
    assert_eq!(last, "bye");
    server.process.stops_of_itself().await;

    let mut books = Books::open(&house.data()).await;
    let state = |id: &str| format!("SELECT count(*) FROM generations WHERE id = '{id}' AND state = ");
    assert_eq!(books.number(&(state(&generation) + "'succeeded'")).await, 1);
    assert_eq!(books.number(&(state(&waiting) + "'queued'")).await, 1, "no more was taken");
    books.agree().await;

    let server = house.serve().await;
    let ended = ada.at(&server.url).ended(&waiting).await;
    assert_eq!(ended["state"], "succeeded");
    books.balance().await;
}

#[tokio::test]
async fn what_is_not_done_in_time_is_handed_back_at_once() {
    let house = House::new("[worker]\nstop_within_seconds = 0\n");
    let mut server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let photo = ada.photo(&small_photo("obama.jpg", 600)).await;
    let mut events = ada.watches().await;
    let generation = ada.headshots(&photo, 16).await;
    while events.next().await.unwrap().1["state"] != "running" {}
    server.process.stops().await;
    assert!(server.process.log().contains("a generation was handed back"));

    // By a worker of its own: nobody waits for a lease of a minute.
    let mut worker = house.start(&["worker"]);
    worker.says("a generation ended").await;
    worker.stops().await;
    let server = house.serve_without_worker().await;
    let ended = ada.at(&server.url).ended(&generation).await;
    assert_eq!((&ended["state"], ended["images"].as_array().unwrap().len()), (&"succeeded".into(), 16));
    let mut books = Books::open(&house.data()).await;
    books.balance().await;
    books.agree().await;
}

#[tokio::test]
async fn a_download_that_is_under_way_is_finished() {
    let house = House::new("");
    let mut server = house.serve().await;
    let ada = server.person("Ada Winterbourne").await;
    let photo = ada.photo(&photo("obama.jpg")).await;
    let whole = ada.get(&format!("/api/v1/photos/{photo}/file")).await.expect(200).body;
    let begun = ada.request(Method::GET, &format!("/api/v1/photos/{photo}/file")).send().await.unwrap();
    server.process.signal("TERM");
    assert!(Answer::of(begun).await.body == whole);
    server.process.stops_of_itself().await;
}

#[tokio::test]
async fn a_port_that_is_taken_and_a_folder_that_can_t_be_made_are_told() {
    let house = House::new("");
    let server = house.serve().await;
    let address = server.url.replace("http://localhost", "127.0.0.1");
    let refused = |arguments: &[&str]| {
        let ended = house.command(arguments).stderr(std::process::Stdio::piped()).output().unwrap();
        assert_eq!(ended.status.code(), Some(3));
        String::from_utf8(ended.stderr).unwrap()
    };
    assert!(refused(&["serve", "--listen", &address]).contains("another program has it"));
    assert!(refused(&["worker", "--data", "/dev/null/data"]).contains("choose another with --data"));
}
