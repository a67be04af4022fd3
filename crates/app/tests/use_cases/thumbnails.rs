//! Thumbnails: a brand kit put to use, layouts, and tests whose pictures differ by one thing.

use std::sync::{Arc, Mutex};

use domain::attempt::AttemptCost;
use domain::brand::{BrandColours, LOGO_BYTES};
use domain::generation::State;
use domain::ports::provider::*;
use domain::style::thumbnail::{Layout, Typeface};
use domain::thumbnail::{Difference, ThumbnailChoices};
use domain::{AspectRatio, Colour, MediaType, StyleKind};
use futures_util::TryStreamExt;

use app::*;

use crate::support::*;

/// Sets letters as told, one picture at a time, and remembers what it was told.
#[derive(Default)]
struct Typesetter {
    typesets: bool,
    told: Mutex<Vec<(u64, Option<ThumbnailOptions>)>>,
    kinds: Mutex<Vec<StyleKind>>,
}

impl Provider for Typesetter {
    fn id(&self) -> &str {
        "typesetter"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            kinds: vec![StyleKind::Thumbnail],
            aspects: AspectRatio::ALL.to_vec(),
            max_photos: 1,
            max_count: 1,
            at_once: 1,
            max_long_side: 2048,
            typesets: self.typesets,
            local: true,
        }
    }

    fn generate<'a>(&'a self, request: &'a Request, _: OnProgress<'a>) -> Generating<'a> {
        Box::pin(async move {
            self.kinds.lock().unwrap().push(request.style.kind());
            let mut told = self.told.lock().unwrap();
            told.push((request.options.seed, request.options.thumbnail.clone()));
            let picture = Picture::new(MediaType::Png, format!("picture {}", told.len()).into_bytes());
            let made_by = MadeBy { provider: "typesetter".into(), model: "m".into(), reference: None };
            Ok(Answer { pictures: vec![picture], made_by, cost: AttemptCost::default() })
        })
    }
}

fn maker(typesetter: &Arc<Typesetter>) -> Maker {
    Maker { provider: typesetter.clone(), model: "m".into(), send_to: None }
}

async fn studio() -> (World, Arc<Typesetter>) {
    let typesetter = Arc::new(Typesetter { typesets: true, ..Typesetter::default() });
    let world = World::with(settings(), |_| vec![maker(&typesetter)]).await;
    (world, typesetter)
}

fn wish(photo: domain::ids::PhotoId, count: u8, thumbnail: ThumbnailRequest) -> GenerateRequest {
    GenerateRequest {
        kind: StyleKind::Thumbnail,
        style: "podcast".into(),
        title: Some("I quit coffee".into()),
        shape: Shape::Platform("youtube".into()),
        thumbnail: Some(thumbnail),
        ..request(photo, count)
    }
}

#[tokio::test]
async fn a_test_s_pictures_have_their_numbers_and_one_seed() {
    let (world, typesetter) = studio().await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    let test = ThumbnailRequest { test: Some(Difference::FaceSide), ..Default::default() };
    let started = world.app.generate(&ann, wish(photo, 3, test.clone())).await.unwrap().generation;
    world.app.work_once(1).await.unwrap();
    assert_eq!(world.state(&ann, started.id).await, State::Succeeded);
    let told: Vec<_> = std::mem::take(&mut *typesetter.told.lock().unwrap());
    let numbers: Vec<_> = told.iter().map(|(_, options)| options.as_ref().unwrap().numbers.clone()).collect();
    assert_eq!(numbers, [[1], [2], [3]]);
    assert!(told.iter().all(|(seed, _)| *seed == started.options.seed), "only one thing differs");

    // More of it is a test again; a single one more is none.
    let more = world.app.generate_more(&ann, started.id, None, None).await.unwrap().generation;
    assert_eq!(more.options.thumbnail, started.options.thumbnail);
    let single = world.app.generate_more(&ann, started.id, Some(1), None).await.unwrap().generation;
    assert_eq!(single.options.thumbnail, None);

    let four = world.app.generate(&ann, wish(photo, 4, test)).await;
    assert_eq!(four.unwrap_err().kind(), "invalid-options");
    let headshot = GenerateRequest {
        thumbnail: Some(ThumbnailRequest { brand: true, ..Default::default() }),
        ..request(photo, 1)
    };
    assert_eq!(world.app.generate(&ann, headshot).await.unwrap_err().kind(), "invalid");
}

#[tokio::test]
async fn the_brand_kit_is_taken_as_it_was_and_its_logo_as_it_is() {
    let (world, typesetter) = studio().await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    let accent = Colour::new(0xff, 0xb4, 0x54);
    let colours = Some(BrandColours { primary: Colour::new(0x1f, 0x3a, 0x5f), accent });
    world.app.set_brand_look(&ann, colours, Some(Typeface::Anton)).await.unwrap();
    world.app.set_brand_logo(&ann, b"logo 1".to_vec()).await.unwrap();
    let brand = ThumbnailRequest { brand: true, layout: Some(Layout::TitleAbove), ..Default::default() };
    let started = world.app.generate(&ann, wish(photo, 1, brand.clone())).await.unwrap().generation;
    world.app.set_brand_look(&ann, None, None).await.unwrap();
    world.app.set_brand_logo(&ann, b"logo 2".to_vec()).await.unwrap();
    world.app.work_once(1).await.unwrap();
    assert_eq!(world.state(&ann, started.id).await, State::Succeeded);
    {
        let told = typesetter.told.lock().unwrap();
        let options = told[0].1.as_ref().unwrap();
        assert_eq!((options.choices.colours, options.choices.font), (colours, Some(Typeface::Anton)));
        assert_eq!(options.choices.layout, Some(Layout::TitleAbove));
        assert_eq!(options.logo.as_ref().unwrap().bytes(), b"logo 2");
    }

    // Taken away meanwhile, it is left out.
    let started = world.app.generate(&ann, wish(photo, 1, brand)).await.unwrap().generation;
    assert!(started.options.thumbnail.as_ref().unwrap().logo);
    world.app.delete_brand_logo(&ann).await.unwrap();
    world.app.work_once(1).await.unwrap();
    assert_eq!(world.state(&ann, started.id).await, State::Succeeded);
    assert!(typesetter.told.lock().unwrap()[1].1.as_ref().unwrap().logo.is_none());
}

#[tokio::test]
async fn what_has_to_be_set_exactly_is_asked_of_those_who_can() {
    let painter = Arc::new(Typesetter::default());
    let world = World::with(settings(), |_| vec![maker(&painter)]).await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    let plain = ThumbnailRequest::default();
    assert!(world.app.generate(&ann, wish(photo, 1, plain)).await.is_ok());
    let layout = ThumbnailRequest { layout: Some(Layout::CloseLeft), ..Default::default() };
    assert_eq!(world.app.generate(&ann, wish(photo, 1, layout)).await.unwrap_err().kind(), "no-provider");
}

#[tokio::test]
async fn a_brand_kit_is_taken_along_and_leaves_nothing() {
    let (world, _) = studio().await;
    world.person("admin").await;
    let ann = world.person("ann").await;
    assert_eq!(world.app.brand_logo(&ann).await.err().unwrap().kind(), "not-found");
    for bad in [b"".to_vec(), b"no picture".to_vec()] {
        assert_eq!(world.app.set_brand_logo(&ann, bad).await.unwrap_err().kind(), "photo-unreadable");
    }
    let kit = world.app.set_brand_logo(&ann, b"logo of ann".to_vec()).await.unwrap();
    let digest = kit.logo.unwrap().digest.to_string();
    let mut export = world.app.export(&ann).await.unwrap();
    let mut files = Vec::new();
    while let Some(entry) = export.next().await.unwrap() {
        let pieces: Vec<_> = entry.body.try_collect().await.unwrap();
        files.push((entry.name, pieces.concat()));
    }
    let file = |named: &str| &files.iter().find(|(name, _)| name == named).unwrap().1;
    assert!(String::from_utf8_lossy(file("account.json")).contains(&digest));
    assert_eq!(file("logo.png"), b"logo of ann");
    assert!(file("logo.png").len() <= LOGO_BYTES);
    world.app.erase(&ann, &domain::secret::Secret::new(PASSWORD), CLIENT).await.unwrap();
    assert_eq!(world.db.search_everywhere(digest).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_look_shows_what_is_chosen_before_it_is_kept_or_paid() {
    let (world, typesetter) = studio().await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    world.app.set_brand_logo(&ann, b"logo 1".to_vec()).await.unwrap();
    let colours = Some(BrandColours { primary: Colour::new(0x1f, 0x3a, 0x5f), accent: Colour::WHITE });
    let choices = ThumbnailChoices { colours, logo: true, ..Default::default() };
    let look = LookRequest {
        kind: StyleKind::Thumbnail,
        style: "podcast".into(),
        photo,
        aspect: AspectRatio::Wide,
        title: Some("I quit coffee".into()),
        background: None,
        thumbnail: Some(choices.clone()),
    };
    world.app.look(&ann, look.clone()).await.unwrap();
    let told = std::mem::take(&mut *typesetter.told.lock().unwrap());
    let options = told[0].1.as_ref().unwrap();
    assert_eq!((&options.choices, options.numbers.as_slice()), (&choices, &[1][..]));
    assert_eq!(options.logo.as_ref().unwrap().bytes(), b"logo 1");

    let painter = Arc::new(Typesetter::default());
    let world = World::with(settings(), |_| vec![maker(&painter)]).await;
    let ben = world.person("ben").await;
    let photo = world.photo(&ben).await;
    let look = LookRequest { photo, ..look };
    assert_eq!(world.app.look(&ben, look.clone()).await.err().unwrap().kind(), "no-provider");
    assert!(world.app.look(&ben, LookRequest { thumbnail: None, ..look }).await.is_ok());
}

#[tokio::test]
async fn a_style_s_name_in_both_products_is_that_of_the_product_that_was_asked_for() {
    let (world, typesetter) = studio().await;
    let ann = world.person("ann").await;
    let photo = world.photo(&ann).await;
    let names = |kind| world.app.styles(Some(kind)).into_iter().map(|style| style.id);
    let headshots: Vec<_> = names(StyleKind::Headshot).collect();
    let both = names(StyleKind::Thumbnail).find(|name| headshots.contains(name));
    let both = both.expect("two products share a name, such as finance").to_string();
    let wish = GenerateRequest { style: both, ..wish(photo, 1, ThumbnailRequest::default()) };
    let started = world.app.generate(&ann, wish).await.unwrap().generation;
    world.app.work_once(1).await.unwrap();
    let more = world.app.generate_more(&ann, started.id, None, None).await.unwrap().generation;
    world.app.work_once(1).await.unwrap();
    assert_eq!(more.options.kind, Some(StyleKind::Thumbnail));
    for asked in [started.id, more.id] {
        assert_eq!(world.state(&ann, asked).await, State::Succeeded);
    }
    assert_eq!(*typesetter.kinds.lock().unwrap(), [StyleKind::Thumbnail; 2]);
}
