//! Likeness: a picture whose face is not the person's is asked for once more, the better one is kept, and none is lost over it.

use domain::consent::Purpose;
use domain::generation::State;

use crate::support::*;
use app::Caller;

/// A service far away and a person who allows it; the faces of the next pictures are so close to the photos.
async fn world(likeness: &[f32]) -> (World, Caller) {
    let world = World::with(settings(), |cast| vec![cast.cloud(), cast.local()]).await;
    let ann = world.person("ann").await;
    world.consent(&ann, Purpose::SendTo(cloud())).await;
    world.pictures.likeness.lock().unwrap().extend(likeness);
    (world, ann)
}

/// Makes so many images: their likeness by number, and how often the service was asked.
async fn made(world: &World, caller: &Caller, count: u8) -> (Vec<Option<f32>>, u32) {
    let before = world.cloud.calls();
    let id = world.generate(caller, count).await;
    world.app.work_once(1).await.unwrap();
    let known = world.db.generation(caller.id(), id).await.unwrap();
    assert_eq!((known.generation.state, known.images.len()), (State::Succeeded, usize::from(count)));
    world.is_in_order().await;
    (known.images.iter().map(|image| image.likeness).collect(), world.cloud.calls() - before)
}

#[tokio::test]
async fn a_face_that_is_not_like_the_person_is_asked_for_once_more_and_the_better_is_kept() {
    for (told, kept, calls) in [
        (&[0.8][..], 819.0 / 1024.0, 1),
        (&[0.5], 0.5, 1),
        (&[0.3125, 0.875], 0.875, 2),
        (&[0.3125, 0.1875], 0.3125, 2),
        (&[0.3125, 0.4375], 0.4375, 2),
    ] {
        let (world, ann) = world(told).await;
        assert_eq!(made(&world, &ann, 1).await, (vec![Some(kept)], calls), "{told:?}");
        assert_eq!(world.balance(&ann).await, 99, "it costs the person no more");
    }
}

#[tokio::test]
async fn only_the_one_that_is_not_like_them_is_asked_for_again() {
    let (world, ann) = world(&[0.875, 0.125, 0.6875, 0.625]).await;
    assert_eq!(made(&world, &ann, 3).await, (vec![Some(0.875), Some(0.625), Some(0.6875)], 2));
}

#[tokio::test]
async fn what_is_there_is_kept_when_no_better_one_comes() {
    for act in [Act::Busy, Act::Refuse, Act::CallWrong, Act::Garbage] {
        let (world, ann) = world(&[0.1875]).await;
        world.cloud.next([Act::Give(1), act]);
        assert_eq!(made(&world, &ann, 1).await, (vec![Some(0.1875)], 2), "{act:?}");
        assert_eq!(world.local.calls(), 0, "{act:?}: nobody else is asked for what is there");
    }
}

#[tokio::test]
async fn whoever_wants_no_comparing_has_none_and_what_is_made_here_is_not_made_again() {
    let mut never = settings();
    never.work.likeness = 0;
    let world = World::with(never, |cast| vec![cast.cloud()]).await;
    let ann = world.person("ann").await;
    world.consent(&ann, Purpose::SendTo(cloud())).await;
    world.pictures.likeness.lock().unwrap().push_back(0.125);
    assert_eq!(made(&world, &ann, 1).await, (vec![Some(0.125)], 1));

    let world = World::new().await;
    let ben = world.person("ben").await;
    world.pictures.likeness.lock().unwrap().push_back(0.125);
    made(&world, &ben, 1).await;
    assert_eq!(world.local.calls(), 1);
}
