//! Several nodes on one PostgreSQL database and one folder of pictures: which of them is asked makes no difference, and they are
//! replaced one by one while people go on.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;

use crate::support::*;

/// What all nodes have: the database, the secret, and time for the balancer to notice that one goes.
async fn house(name: &str) -> House {
    let address = database(name).await;
    House::new(&format!(
        "[database]\nurl = \"{address}\"\nconnections = 5\n[rates]\nrequests_per_minute = 1000000\n\
         [serve]\nsecret = \"a secret of all nodes, and long enough\"\ndrain_seconds = 2\n"
    ))
}

#[tokio::test]
async fn a_person_may_ask_any_node_and_a_worker_apart_is_heard_of_at_once() {
    let house = house("any_node").await;
    let (front, back) = (house.serve_without_worker().await, house.serve_without_worker().await);
    let worker = house.start(&["worker"]);
    worker.says("Covershots works on").await;
    let ada = front.person("Ada Winterbourne").await;
    let elsewhere = ada.at(&back.url);
    let photo = elsewhere.photo(&small_photo("obama.jpg", 600)).await;
    let mut events = elsewhere.watches().await;
    let generation = ada.headshots(&photo, 2).await;
    let mut states = Vec::new();
    while states.last().is_none_or(|state| state != "succeeded") {
        let (name, event) = events.next().await.unwrap();
        if name == "generation" && states.last() != Some(&event["state"]) {
            assert_eq!(event["generation"], generation);
            states.push(event["state"].clone());
        }
    }
    assert_eq!(states, ["queued", "running", "succeeded"]);
    assert_eq!(elsewhere.balance().await, 18);
    // Signed out at the one is signed out at the other.
    ada.delete("/api/v1/sessions/current").await.expect(204);
    elsewhere.get("/api/v1/account").await.problem(401, "not-signed-in");
}

/// Sends each request to the next node of those that say that they are ready, as a load balancer does.
#[derive(Default)]
struct Balancer {
    nodes: Mutex<Vec<String>>,
    ready: Mutex<Vec<String>>,
    turn: AtomicUsize,
    over: AtomicBool,
}

impl Balancer {
    fn add(&self, url: &str) {
        self.nodes.lock().unwrap().push(url.to_owned());
    }

    fn remove(&self, url: &str) {
        self.nodes.lock().unwrap().retain(|node| node != url);
    }

    async fn look_after_them(&self) {
        let client = client().build().unwrap();
        let mut again = tokio::time::interval(Duration::from_millis(100));
        while !self.over.load(Ordering::Relaxed) {
            again.tick().await;
            let nodes = self.nodes.lock().unwrap().clone();
            let asked = nodes.iter().map(|url| client.get(format!("{url}/readyz")).send());
            let answers = join_all(asked).await;
            let ready = nodes
                .iter()
                .zip(answers)
                .filter(|(_, answer)| answer.as_ref().is_ok_and(|a| a.status() == 200));
            *self.ready.lock().unwrap() = ready.map(|(url, _)| url.clone()).collect();
        }
    }

    fn next(&self) -> Option<String> {
        let ready = self.ready.lock().unwrap();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        ready.get(turn % ready.len().max(1)).cloned()
    }

    /// Asks again and again; how often. Every request is answered as it should be.
    async fn crowd(&self, person: &Person, photo: &str) -> usize {
        let mut asked = 0;
        while !self.over.load(Ordering::Relaxed) {
            let Some(url) = self.next() else {
                tokio::task::yield_now().await;
                continue;
            };
            let person = person.at(&url);
            person.get("/api/v1/account").await.expect(200);
            person.get(&format!("/api/v1/photos/{photo}/file")).await.expect(200);
            asked += 2;
        }
        asked
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_replaced_one_by_one_and_nothing_is_dropped_or_lost() {
    let house = house("rolling").await;
    let balancer = Arc::new(Balancer::default());
    let mut nodes = vec![house.serve().await, house.serve().await];
    nodes.iter().for_each(|node| balancer.add(&node.url));
    let ada = nodes[0].person("Ada Winterbourne").await;
    let photo = ada.photo(&small_photo("obama.jpg", 600)).await;
    let looking = tokio::spawn({
        let balancer = Arc::clone(&balancer);
        async move { balancer.look_after_them().await }
    });
    let crowd: Vec<_> = (0..3)
        .map(|_| {
            let (balancer, ada, photo) = (Arc::clone(&balancer), ada.clone(), photo.clone());
            tokio::spawn(async move { balancer.crowd(&ada, &photo).await })
        })
        .collect();

    let mut generations = Vec::new();
    for _ in 0..2 {
        until("a node is ready", async || balancer.next().is_some()).await;
        let url = balancer.next().unwrap();
        generations.push(ada.at(&url).headshots(&photo, 4).await);
        let mut old = nodes.remove(0);
        old.process.stops().await;
        balancer.remove(&old.url);
        let new = house.serve().await;
        balancer.add(&new.url);
        until("the new node is asked", async || balancer.ready.lock().unwrap().contains(&new.url)).await;
        nodes.push(new);
    }
    let ada = ada.at(&nodes[0].url);
    for generation in &generations {
        assert_eq!(ada.ended(generation).await["state"], "succeeded");
    }
    assert_eq!(ada.balance().await, 12, "each is paid for once");
    balancer.over.store(true, Ordering::Relaxed);
    looking.await.unwrap();
    let mut asked = 0;
    for one in crowd {
        asked += one.await.unwrap();
    }
    assert!(asked > 100, "{asked} requests");
}
