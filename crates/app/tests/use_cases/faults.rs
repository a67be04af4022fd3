//! Faults: two hundred generations while the provider, the storage and the database fail at random, workers are dropped and
//! leases run out. In the end the books balance, each generation ended once, and files and rows match.

use std::collections::HashMap;

use domain::credit::EntryKind;
use domain::generation::State;
use domain::page::PageRequest;

use crate::support::*;

const GENERATIONS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_generations_survive_whatever_happens() {
    let mut settings = settings();
    settings.welcome = domain::credit::Credits::new(1000);
    let world = World::with(settings, |cast| vec![cast.local()]).await;
    let mut people = Vec::new();
    for name in ["ann", "ben", "cat", "dan"] {
        let caller = world.person(name).await;
        let photo = world.photo(&caller).await;
        people.push((caller, photo));
    }
    let mut lots = Chance { one_in: 0, seed: 20_261_123 };
    for i in 0..GENERATIONS {
        let (caller, photo) = &people[i % people.len()];
        let count = 1 + (lots.draw() % 4) as u8;
        world.app.generate(caller, request(*photo, count)).await.unwrap();
    }

    *world.local.chance.lock().unwrap() = Chance { one_in: 4, seed: 1 };
    *world.objects.chance.lock().unwrap() = Chance { one_in: 20, seed: 2 };
    *world.flaky.chance.lock().unwrap() = Chance { one_in: 25, seed: 3 };
    for _ in 0..400 {
        // A worker gets some time, and is then killed or not.
        killed_after(1 + (lots.draw() % 150) as u32, world.app.work_once(4)).await;
        match lots.draw() % 8 {
            0 => world.clock.pass(world.app.settings().work.lease),
            1 => world.local.next([Act::Refuse]),
            2 => world.local.next([Act::Give(1), Act::Garbage]),
            3 => {
                let (caller, _) = &people[(lots.draw() % 4) as usize];
                let page = world.db.list_generations(caller.id(), PageRequest::first(200)).await.unwrap();
                let pick = (lots.draw() as usize) % page.items.len();
                // One that has ended says so.
                drop(world.app.cancel_generation(caller, page.items[pick].generation.id).await);
            }
            _ => {}
        }
    }
    *world.local.chance.lock().unwrap() = Chance::default();
    world.no_faults();
    world.local.turns.lock().unwrap().clear();
    world.work_off().await;

    let mut states: HashMap<State, usize> = HashMap::new();
    for (caller, _) in &people {
        let known = world.db.list_generations(caller.id(), PageRequest::first(200)).await.unwrap().items;
        let mut spent = 0;
        for known in &known {
            *states.entry(known.generation.state).or_default() += 1;
            let pays = matches!(known.generation.state, State::Succeeded | State::Cancelled);
            spent += if pays { known.images.len() } else { 0 };
        }
        assert_eq!(known.len(), GENERATIONS / people.len());
        assert_eq!(world.balance(caller).await as usize, 1000 - spent, "what was made is what was paid");
        let ledger = world.db.export_account(caller.id()).await.unwrap().ledger;
        let ends =
            ledger.iter().filter(|e| matches!(e.kind, EntryKind::Settle | EntryKind::GiveBack)).count();
        assert_eq!(ends, known.len(), "each ended once");
    }
    eprintln!("{states:?}, {} calls", world.local.calls());
    assert!(states.keys().all(|state| state.is_ended()), "{states:?}");
    assert!(states.len() >= 3 && states[&State::Succeeded] > 20, "the story has to have variety: {states:?}");
    world.is_in_order_after_a_sweep().await;
}

#[tokio::test]
async fn a_hundred_uploads_under_faults_are_photos_or_nothing() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    world.faults(8, 11);
    let mut taken = 0;
    for _ in 0..100 {
        taken += usize::from(world.try_upload(&ann, b"face gps:52.1").await.is_ok());
    }
    world.no_faults();
    assert!((20..100).contains(&taken), "{taken}");
    world.is_in_order_after_a_sweep().await;
    let photos = world.db.list_photos(ann.id(), PageRequest::first(200), world.now()).await.unwrap().items;
    assert!(photos.len() >= taken, "whoever was told that it is there finds it there");
}

#[tokio::test]
async fn a_wish_repeated_until_it_is_answered_is_one_generation_and_paid_once() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    world.faults(3, 12);
    for key in 0..20 {
        let wish =
            || app::GenerateRequest { idempotency_key: Some(format!("key-{key}")), ..request(photo, 2) };
        while world.app.generate(&ann, wish()).await.is_err() {}
    }
    world.no_faults();
    let known = world.db.list_generations(ann.id(), PageRequest::first(200)).await.unwrap().items;
    assert_eq!((known.len(), world.balance(&ann).await), (20, 60));
    world.work_off().await;
    world.is_in_order().await;
}

#[tokio::test]
async fn whoever_signs_up_while_things_fail_gets_in_later_with_all_that_a_newcomer_gets() {
    let world = World::new().await;
    for n in 0..10 {
        let name = format!("person{n}");
        world.faults(3, n);
        let signed_up = world.app.sign_up(world.sign_up_form(&name)).await.is_ok();
        world.no_faults();
        // The answer may have been lost after the account was made, or before.
        let signed_in = world.app.sign_in(world.sign_in_form(&name, PASSWORD)).await;
        let signed_in = match signed_in {
            Ok(signed_in) => signed_in,
            Err(_) if !signed_up => world.app.sign_up(world.sign_up_form(&name)).await.unwrap(),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(world.db.credits(signed_in.account.id).await.unwrap().balance.get(), 100);
        world.clock.pass(domain::time::DAY);
    }
}

#[tokio::test]
async fn an_erasure_under_faults_is_complete_in_the_end() {
    for seed in 0..8 {
        let world = World::new().await;
        world.person("ann").await;
        let ben = world.person("ben").await;
        world.generate(&ben, 3).await;
        world.work_off().await;
        world.faults(4, seed);
        let password = domain::secret::Secret::new(PASSWORD);
        while world.db.account(ben.id()).await.is_ok() {
            drop(world.app.erase(&ben, &password, CLIENT).await);
            world.clock.pass(domain::time::DAY);
        }
        while world.app.clean().await.is_err() {}
        world.no_faults();
        world.app.clean().await.unwrap();
        assert!(world.stored().await.is_empty());
        assert_eq!(world.db.search_everywhere(ben.id().to_string()).await.unwrap(), Vec::<String>::new());
    }
}
