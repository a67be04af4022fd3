//! The guard, before a stand-in that fails on demand. The clock is moved, nothing waits.

use std::sync::Arc;
use std::time::Duration;

use domain::ports::provider::{Circuit, Outage, Provider, ProviderError};
use domain::secret::Secret;
use providers::gemini::GeminiSettings;
use providers::{Gemini, GuardSettings, Guarded};
use standins::{Fault, Server, gemini};

use crate::support::{KEY, TestClock, headshot, make};

struct Scene {
    server: Server,
    clock: Arc<TestClock>,
    guarded: Guarded,
}

async fn scene(settings: GuardSettings) -> Scene {
    scene_with(settings, Duration::from_secs(30)).await
}

async fn scene_with(settings: GuardSettings, timeout: Duration) -> Scene {
    let server = Server::start(gemini::Gemini::new(KEY).with_small_pictures().routes()).await;
    let clock = Arc::new(TestClock::default());
    let mut wire = GeminiSettings::new(Secret::new(KEY));
    wire.line.base_url = server.url();
    wire.line.timeout = timeout;
    let client = Gemini::new(&wire, clock.clone()).unwrap();
    let guarded = Guarded::new(Arc::new(client), "gemini", &settings, clock.clone()).unwrap();
    Scene { server, clock, guarded }
}

fn cause(error: &ProviderError) -> Option<Outage> {
    match error {
        ProviderError::Unavailable { cause, .. } => Some(*cause),
        _ => None,
    }
}

impl Scene {
    async fn ask(&self) -> Option<Outage> {
        make(&self.guarded, &headshot()).await.err().as_ref().and_then(cause)
    }
}

#[tokio::test]
async fn a_dead_provider_is_asked_so_often_and_no_more_until_it_lives_again() {
    let scene = scene(GuardSettings { failures: 3, ..GuardSettings::default() }).await;
    scene.server.faults().always(gemini::overloaded());
    for _ in 0..3 {
        assert!(!scene.guarded.health().rests);
        assert_eq!(scene.ask().await, Some(Outage::Busy));
    }
    for _ in 0..20 {
        assert!(scene.guarded.health().rests);
        assert_eq!(scene.ask().await, Some(Outage::Resting));
    }
    assert_eq!((scene.server.asked().len(), scene.guarded.health().circuit), (3, Circuit::Open));
    scene.clock.pass(Duration::from_secs(60));
    assert_eq!(scene.guarded.health().circuit, Circuit::HalfOpen);
    assert_eq!(scene.ask().await, Some(Outage::Busy), "the probe");
    assert_eq!(scene.ask().await, Some(Outage::Resting));
    scene.clock.pass(Duration::from_secs(120));
    scene.server.faults().clear();
    assert_eq!(scene.ask().await, None);
    assert_eq!((scene.server.asked().len(), scene.guarded.health().circuit), (5, Circuit::Closed));
}

#[tokio::test]
async fn a_refusal_is_a_sign_of_life() {
    let scene = scene(GuardSettings { failures: 2, ..GuardSettings::default() }).await;
    for _ in 0..6 {
        scene.server.faults().next([Some(gemini::blocked("SAFETY")), Some(Fault::status(500, ""))]);
        assert_eq!(scene.ask().await, None);
        assert_eq!(scene.ask().await, Some(Outage::Down));
    }
    assert_eq!(scene.guarded.health().circuit, Circuit::Closed);
}

#[tokio::test]
async fn a_wrong_key_is_an_alarm_until_it_is_mended() {
    let scene = scene(GuardSettings::default()).await;
    scene.server.faults().once(gemini::spent());
    assert_eq!(scene.ask().await, Some(Outage::Account));
    let health = scene.guarded.health();
    assert!(health.rests && health.alarm.unwrap().contains("RESOURCE_EXHAUSTED"));
    scene.clock.pass(Duration::from_secs(60));
    assert_eq!(scene.ask().await, None);
    assert_eq!(scene.guarded.health().alarm, None);
}

#[tokio::test]
async fn a_minute_has_so_many_calls_and_a_moment_so_many_at_a_time() {
    let scene = scene(GuardSettings { at_once: 2, per_minute: 6, ..GuardSettings::default() }).await;
    let asked = futures_util::future::join_all((0..8).map(|_| scene.ask())).await;
    assert_eq!(asked.iter().filter(|one| one.is_none()).count(), 6);
    assert_eq!(asked.iter().filter(|one| **one == Some(Outage::Busy)).count(), 2, "told to come back");
    assert!(scene.server.most_at_once() <= 2);
    scene.clock.pass(Duration::from_secs(60));
    assert_eq!(scene.ask().await, None);
}

#[tokio::test]
async fn a_burst_into_silence_costs_no_more_slow_calls_than_are_made_at_a_time() {
    let settings = GuardSettings { at_once: 6, failures: 4, ..GuardSettings::default() };
    let scene = scene_with(settings, Duration::from_millis(300)).await;
    scene.server.faults().always(Fault::Hang);
    let asked = futures_util::future::join_all((0..30).map(|_| scene.ask())).await;
    let slow = asked.iter().filter(|one| **one == Some(Outage::Silent)).count();
    assert_eq!(
        (slow, scene.server.asked().len()),
        (6, 6),
        "those that were under way before the first one was slow"
    );
    assert_eq!(asked.iter().filter(|one| **one == Some(Outage::Resting)).count(), 24);
}
