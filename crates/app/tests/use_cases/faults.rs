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
    *world.objects.chance.lock().unwrap() = Chance::default();
    *world.flaky.chance.lock().unwrap() = Chance::default();
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
