//! Vendors that are played, behind the real clients and the real guard: a thousand generations while both fail by chance, and a
//! minute in which the first one is dead. Clocks are moved; only a call that is never answered takes its time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use app::*;
use domain::AspectRatio;
use domain::attempt::{Attempt, AttemptOutcome};
use domain::consent::{Purpose, SubprocessorId};
use domain::credit::Credits;
use domain::generation::State;
use domain::ids::{GenerationId, PhotoId};
use domain::ports::clock::Clock;
use domain::ports::provider::{Circuit, Provider};
use domain::secret::Secret;
use providers::gemini::GeminiSettings;
use providers::openai::OpenAiSettings;
use providers::{Gemini, GuardSettings, Guarded, LineSettings, OpenAi};
use standins::{Fault, Mix, Server, gemini, openai};

use crate::support::*;

const KEY: &str = "a-key-of-the-test";
const GENERATIONS: usize = 1000;
const PEOPLE: usize = 4;
/// Each has enough for every generation.
const WELCOME: u32 = 10_000;
/// Tries of one vendor before the next one is asked.
const TRIES: u32 = 2;

struct Scene {
    world: World,
    gemini: Server,
    openai: Server,
    people: Vec<(Caller, PhotoId)>,
}

/// Two vendors and nobody else; people who allow both. An answer is waited for so long.
async fn scene(guard: GuardSettings, timeout: Duration) -> Scene {
    let gemini = Server::start(gemini::Gemini::new(KEY).with_small_pictures().routes()).await;
    let openai = Server::start(openai::OpenAi::new(KEY).with_small_pictures().routes()).await;
    let line = |server: &Server| LineSettings {
        timeout,
        max_answer_bytes: 1_000_000,
        ..LineSettings::new(server.url())
    };
    let makers = |cast: &Cast| {
        let clock: Arc<dyn Clock> = cast.clock();
        let mut settings = GeminiSettings::new(Secret::new(KEY));
        settings.line = line(&gemini);
        let first = Gemini::new(&settings, clock.clone()).unwrap();
        let mut settings = OpenAiSettings::new(Secret::new(KEY));
        settings.line = line(&openai);
        let second = OpenAi::new(&settings, clock.clone()).unwrap();
        let maker = |provider: Arc<dyn Provider>, name: &'static str| Maker {
            provider: Arc::new(Guarded::new(provider, name, &guard, clock.clone()).unwrap()),
            model: "as it is".into(),
            send_to: SubprocessorId::new(name),
        };
        vec![maker(Arc::new(first), "gemini"), maker(Arc::new(second), "openai")]
    };
    let mut settings = settings();
    settings.welcome = Credits::new(WELCOME);
    settings.work = WorkSettings { tries: TRIES, ..WorkSettings::default() };
    let world = World::with(settings, makers).await;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        let caller = world.person(&format!("person-{n}")).await;
        for vendor in ["gemini", "openai"] {
            world.consent(&caller, Purpose::SendTo(SubprocessorId::new(vendor).unwrap())).await;
        }
        let photo = world.try_upload(&caller, &photo()).await.unwrap().id;
        people.push((caller, photo));
    }
    Scene { world, gemini, openai, people }
}

/// A small photo that vendors take.
fn photo() -> Vec<u8> {
    let pixels: Vec<u8> = (0..96 * 120 * 3).map(|i| (i % 251) as u8).collect();
    let mut file = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut file, 80);
    encoder.encode(&pixels, 96, 120, jpeg_encoder::ColorType::Rgb).unwrap();
    file
}

impl Scene {
    async fn generate(&self, person: usize, count: u8) -> (usize, GenerationId) {
        let person = person % self.people.len();
        let (caller, photo) = &self.people[person];
        let shape = Shape::Free { aspect: AspectRatio::Portrait4x5, long_side: 256 };
        let wish = GenerateRequest { shape, ..request(*photo, count) };
        (person, self.world.app.generate(caller, wish).await.unwrap().generation.id)
    }

    async fn attempts(&self, (person, id): (usize, GenerationId)) -> Vec<Attempt> {
        let caller = &self.people[person].0;
        self.world.app.operator().attempts(caller.id(), id).await.unwrap()
    }

    /// So many generations of one image at a time: who was asked for each, in order.
    async fn batch(&self, count: usize) -> Vec<Vec<String>> {
        let mut begun = Vec::new();
        for n in 0..count {
            begun.push(self.generate(n, 1).await);
        }
        assert_eq!(self.world.app.work_once(count as u32).await.unwrap(), count);
        let mut asked = Vec::new();
        for one in begun {
            let known = self.world.db.generation(self.people[one.0].0.id(), one.1).await.unwrap();
            assert_eq!((known.generation.state, known.images.len()), (State::Succeeded, 1));
            asked.push(self.attempts(one).await.into_iter().map(|attempt| attempt.provider).collect());
        }
        asked
    }

    fn circuit(&self) -> Circuit {
        self.world.app.operator().makers()[0].health.circuit
    }
}

/// What went wrong, as the record of a try names it.
fn cause(attempt: &Attempt) -> &str {
    attempt.detail.split(':').next().unwrap_or_default()
}

/// Says where the tries of a generation of one image depart from the rule: an answer or a refusal is the end; what may pass is tried
/// again with the same vendor; after the last try of one comes the other.
fn departs(tries: &[Attempt]) -> Option<String> {
    let mut at_one = 0;
    for (n, one) in tries.iter().enumerate() {
        at_one = if n > 0 && tries[n - 1].provider == one.provider { at_one + 1 } else { 1 };
        let next = tries.get(n + 1);
        let wrong = match (one.outcome, next) {
            (Some(AttemptOutcome::Succeeded | AttemptOutcome::Refused), None) => false,
            (Some(AttemptOutcome::Unavailable), Some(next)) => {
                let again = cause(one) != "resting" && at_one < TRIES;
                (next.provider == one.provider) != again
            }
            _ => true,
        };
        if wrong || one.fallback != (one.provider == "openai") {
            return Some(format!("{tries:?}"));
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_generations_while_both_vendors_fail_by_chance() {
    let guard = GuardSettings { per_minute: 100_000, ..GuardSettings::default() };
    let scene = scene(guard, Duration::from_secs(30)).await;
    // Each as likely as another; the last one is a refusal.
    let of_gemini = vec![
        gemini::overloaded(),
        gemini::error(500, "INTERNAL", "An internal error has occurred.", &[]),
        gemini::too_many(3),
        Fault::Lost,
        Fault::Cut,
        Fault::Garbage,
        Fault::Huge(2_000_000),
        gemini::finished("NO_IMAGE", None),
        gemini::blocked("SAFETY"),
    ];
    let of_openai = vec![
        openai::overloaded(),
        openai::too_many(3),
        Fault::Lost,
        Fault::Cut,
        Fault::Garbage,
        Fault::status(200, "{\"created\": 1, \"data\": []}"),
        openai::blocked(),
    ];
    let refusals = 1.0 / of_gemini.len() as f64;
    scene.gemini.faults().mix(Mix { per_mille: 200, faults: of_gemini, seed: 20_261_125 });
    scene.openai.faults().mix(Mix { per_mille: 50, faults: of_openai, seed: 7 });

    let mut begun = Vec::new();
    while begun.len() < GENERATIONS {
        for n in 0..8 {
            // Every fourth asks for two, so that siblings fail apart.
            let count = if n % 4 == 3 { 2 } else { 1 };
            begun.push((count, scene.generate(n, count).await));
        }
        scene.world.app.work_once(8).await.unwrap();
        scene.world.clock.pass(Duration::from_secs(5));
    }
    scene.world.work_off().await;

    let mut spent = vec![0; PEOPLE];
    let mut states: HashMap<State, usize> = HashMap::new();
    let (mut kept, mut single, mut passed_on) = (0, 0, 0);
    let mut tried: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for &(count, one) in &begun {
        let known = scene.world.db.generation(scene.people[one.0].0.id(), one.1).await.unwrap();
        *states.entry(known.generation.state).or_default() += 1;
        let tries = scene.attempts(one).await;
        let given: usize = tries.iter().map(|attempt| usize::from(attempt.images)).sum();
        assert_eq!(
            given,
            known.images.len(),
            "what was given is kept, and nothing was made twice: {tries:?}"
        );
        spent[one.0] += known.images.len() as u32;
        kept += known.images.len() as u64;
        for attempt in tries.iter().filter(|attempt| cause(attempt) != "resting") {
            let (all, failed) = tried.entry(attempt.provider.clone()).or_default();
            *all += 1;
            *failed += u64::from(attempt.outcome != Some(AttemptOutcome::Succeeded));
        }
        // By the guard's word alone a rest can't be told from a rule that is broken: those are left out, and there are few.
        let asked_first = tries.first().is_some_and(|attempt| attempt.provider == "gemini");
        if count == 1 && asked_first {
            assert_eq!(departs(&tries), None);
            single += 1;
            passed_on += usize::from(tries.iter().any(|attempt| attempt.provider == "openai"));
        }
    }

    let ended = states[&State::Succeeded] + states[&State::Refused];
    assert_eq!(ended, begun.len(), "{states:?}");
    for ((caller, _), spent) in scene.people.iter().zip(&spent) {
        assert_eq!(scene.world.balance(caller).await, WELCOME - spent, "what was made is what was paid");
    }
    for (vendor, server) in [("gemini", &scene.gemini), ("openai", &scene.openai)] {
        let (all, failed) = tried[vendor];
        assert_eq!(all, server.asked().len() as u64, "{vendor}: each call is on record, and no other");
        assert_eq!(failed, server.faults().disturbed(), "{vendor}: each fault is on record, and no other");
    }
    let answered: u64 = tried.values().map(|(all, failed)| all - failed).sum();
    assert_eq!(kept, answered, "no picture is lost");

    // A generation goes to the second vendor when every try of the first one fails without a refusal.
    let chance = (0.2 * (1.0 - refusals)).powi(TRIES as i32);
    let (expected, deviation) = (single as f64 * chance, (single as f64 * chance * (1.0 - chance)).sqrt());
    eprintln!(
        "{states:?}, {tried:?}; {passed_on} of {single} passed on, expected {expected:.1} ± {deviation:.1}"
    );
    assert!((passed_on as f64 - expected).abs() <= 4.0 * deviation, "{passed_on}, expected {expected:.1}");
    assert!(single > begun.len() / 2, "the story is told of most of them");
    scene.world.is_in_order_after_a_sweep().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_minute_in_which_the_first_vendor_is_dead_costs_no_more_slow_calls_than_the_guard_allows() {
    let guard = GuardSettings::default();
    let scene = scene(guard, Duration::from_millis(400)).await;
    assert!(scene.batch(4).await.iter().all(|asked| asked == &["gemini"]));
    let before = scene.gemini.asked().len();

    scene.gemini.faults().always(Fault::Hang);
    for _ in 0..12 {
        for asked in scene.batch(4).await {
            assert_eq!(asked.last().unwrap(), "openai");
            assert!(asked.len() <= 2, "nobody waits twice: {asked:?}");
        }
        scene.world.clock.pass(Duration::from_secs(5));
    }
    let slow = scene.gemini.asked().len() - before;
    assert!(slow <= guard.failures as usize, "{slow} slow calls in a minute");
    assert_eq!((slow, scene.circuit()), (guard.failures as usize, Circuit::Open));

    scene.gemini.faults().clear();
    scene.world.clock.pass(guard.rest);
    assert_eq!(scene.circuit(), Circuit::HalfOpen);
    assert_eq!(scene.batch(1).await, [["gemini"]], "the probe is an ordinary call");
    assert!(scene.batch(4).await.iter().all(|asked| asked == &["gemini"]));
    assert_eq!(scene.circuit(), Circuit::Closed);
    scene.world.is_in_order().await;
}
