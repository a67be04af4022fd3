//! One person's whole way through the house.

use crate::support::*;
use domain::generation::State;
use domain::image::ImageId;
use domain::page::PageRequest;
use domain::ports::database::ImageFilter;
use domain::secret::Secret;
use domain::{MediaType, StyleKind};
use futures_util::TryStreamExt;

use app::*;

async fn text(reading: domain::ports::objects::Reading) -> String {
    let pieces: Vec<_> = reading.body.try_collect().await.unwrap();
    String::from_utf8(pieces.concat()).unwrap()
}

#[tokio::test]
async fn from_sign_up_to_nothing_left() {
    let world = World::new().await;
    let app = &world.app;
    let ann = world.person("ann").await;
    assert!(ann.admin().is_ok(), "the first account runs the installation");
    assert_eq!(world.balance(&ann).await, 100);

    let photo = world.photo(&ann).await;
    let kept = text(app.open_photo(&ann, photo, None).await.unwrap()).await;
    assert_eq!(kept, "face ", "where it was taken is not kept");

    let mut events = app.watch(&ann).unwrap();
    let started = app.generate(&ann, request(photo, 4)).await.unwrap();
    let id = started.generation.id;
    assert_eq!((started.generation.state, world.balance(&ann).await), (State::Queued, 96));
    assert_eq!(app.work_once(1).await.unwrap(), 1);
    let mut told = Vec::new();
    while let Some(Told::Event(event)) = events.next().await {
        told.push((event.state, event.image));
        if event.state.is_ended() {
            break;
        }
    }
    assert_eq!(told.first(), Some(&(State::Queued, None)));
    assert_eq!(told.last(), Some(&(State::Succeeded, None)));
    let images: Vec<u8> = told.iter().filter_map(|(_, image)| *image).collect();
    assert_eq!(images, [1, 2, 3, 4]);

    let known = app.generation(&ann, id).await.unwrap();
    assert_eq!((known.images.len(), known.generation.progress), (4, 100));
    let image = ImageId { generation: id, number: 2 };
    let full = app.open_image(&ann, image, Resolution::Full, None).await.unwrap();
    assert_eq!(text(full).await, "picture 7 1");
    let preview = app.open_image(&ann, image, Resolution::Preview, None).await.unwrap();
    assert_eq!(text(preview).await, "small picture 7 1");
    let fit = app.fit_image(&ann, image, StyleKind::Headshot, "linkedin").await.unwrap();
    assert_eq!(fit.picture.bytes(), b"picture 7 1 for linkedin");
    let key = known.images[1].key();
    let link = app.link(&ann, key).unwrap();
    let Delivery::Here(reading) = app.follow_link(key, &link, None).await.unwrap() else {
        panic!("a folder has no door of its own")
    };
    assert_eq!(text(reading).await, "picture 7 1");

    app.set_favourite(&ann, image, true).await.unwrap();
    let marked = app.images(&ann, ImageFilter::Favourites, PageRequest::first(10)).await.unwrap();
    assert_eq!(marked.items.len(), 1);
    app.delete_image(&ann, ImageId { generation: id, number: 1 }).await.unwrap();
    let more = app.generate_more(&ann, id, Some(1), None).await.unwrap().generation;
    assert_ne!(more.options.seed, 7, "other takes, not the same again");
    app.work_once(1).await.unwrap();
    assert_eq!(world.state(&ann, more.id).await, State::Succeeded);
    app.clean().await.unwrap();
    world.is_in_order().await;

    let mut export = app.export(&ann).await.unwrap();
    let mut names = Vec::new();
    while let Some(entry) = export.next().await.unwrap() {
        let pieces: Vec<_> = entry.body.try_collect().await.unwrap();
        assert_eq!(pieces.concat().len() as u64, entry.bytes, "{}", entry.name);
        names.push(entry.name);
    }
    assert_eq!(names[..2], ["index.html", "account.json"]);
    assert_eq!(names.len(), 2 + 1 + 2 * 4, "{names:?}");
    assert!(
        names.contains(&format!("images/{id}-2.png")) && names.contains(&format!("previews/{id}-2.webp"))
    );
    assert_eq!(fit.picture.media_type, MediaType::Jpeg);

    let receipt = app.erase(&ann, &Secret::new(PASSWORD), CLIENT).await.unwrap();
    assert!(receipt.completed_at.is_some());
    assert!(world.stored().await.is_empty(), "no object is left");
    for text in [ann.id().to_string(), ann.account.email.as_str().into(), id.to_string(), photo.to_string()] {
        assert_eq!(world.db.search_everywhere(text).await.unwrap(), Vec::<String>::new(), "no row is left");
    }
    assert_eq!(app.receipt(receipt.id).await.unwrap(), receipt);
}
