//! Brand kits: kept part by part, its account's alone, and gone with it.

use domain::brand::{BrandColours, BrandKit};
use domain::ids::{AccountId, ErasureId};
use domain::ports::database::{DatabaseError, NewLogo, Noun};
use domain::ports::provider::Picture;
use domain::style::thumbnail::Typeface;
use domain::{Colour, MediaType, Size};

use super::Scene;

const COLOURS: BrandColours =
    BrandColours { primary: Colour::new(0x1f, 0x3a, 0x5f), accent: Colour::new(0xff, 0xb4, 0x54) };

fn logo(scene: &Scene, bytes: &[u8]) -> NewLogo {
    let picture = Picture::new(MediaType::Png, bytes);
    NewLogo { picture, size: Size::new(512, 128), digest: scene.digest() }
}

/// A whole kit for an account.
pub(super) async fn keep(scene: &Scene, account: AccountId) {
    scene.db.set_brand_look(account, Some(COLOURS), Some(Typeface::Anton)).await.unwrap();
    scene.db.set_brand_logo(account, Some(logo(scene, b"\x89PNG of somebody"))).await.unwrap();
}

/// Look and logo are set each on its own, replaced, repeated and taken away.
pub async fn a_kit_is_kept_part_by_part(scene: &Scene) {
    let ann = scene.bare_account().await;
    assert_eq!(scene.db.brand_kit(ann).await.unwrap(), BrandKit::default());
    let first = logo(scene, b"\x89PNG first \0 with a zero in it");
    let kit = scene.db.set_brand_logo(ann, Some(first.clone())).await.unwrap();
    assert_eq!(kit, BrandKit { logo: Some(first.known()), ..BrandKit::default() });

    let font = Some(Typeface::BebasNeue);
    let whole = BrandKit { colours: Some(COLOURS), font, logo: Some(first.known()) };
    for _ in 0..2 {
        assert_eq!(scene.db.set_brand_look(ann, Some(COLOURS), font).await.unwrap(), whole);
    }
    assert_eq!(scene.db.brand_kit(ann).await.unwrap(), whole);
    let kept = scene.db.brand_logo(ann).await.unwrap().unwrap();
    assert!(kept == first.picture, "the bytes are the same");

    // As large as a logo may be.
    let second = logo(scene, &vec![0xa5; domain::brand::LOGO_BYTES]);
    for _ in 0..2 {
        let kit = scene.db.set_brand_logo(ann, Some(second.clone())).await.unwrap();
        assert_eq!(kit, BrandKit { logo: Some(second.known()), ..whole.clone() });
    }
    assert!(scene.db.brand_logo(ann).await.unwrap().unwrap() == second.picture);

    assert_eq!(scene.db.set_brand_look(ann, None, None).await.unwrap().logo, Some(second.known()));
    for _ in 0..2 {
        assert_eq!(scene.db.set_brand_logo(ann, None).await.unwrap(), BrandKit::default());
    }
    assert!(scene.db.brand_logo(ann).await.unwrap().is_none());
}

/// Another account's kit is another; the export holds it; an erasure leaves nothing of it.
pub async fn a_kit_is_its_account_s_alone_and_goes_with_it(scene: &Scene) {
    scene.bare_account().await;
    let (ann, ben) = (scene.bare_account().await, scene.bare_account().await);
    let mark = logo(scene, b"\x89PNG of ann");
    scene.db.set_brand_look(ann, Some(COLOURS), None).await.unwrap();
    let kit = scene.db.set_brand_logo(ann, Some(mark.clone())).await.unwrap();
    assert_eq!(scene.db.brand_kit(ben).await.unwrap(), BrandKit::default());
    assert_eq!(scene.db.export_account(ann).await.unwrap().brand, kit);
    assert_eq!(scene.db.export_account(ben).await.unwrap().brand, BrandKit::default());

    scene.db.erase_account(ann, scene.id(ErasureId::new), scene.now()).await.unwrap();
    assert_eq!(scene.db.search_everywhere(mark.digest.to_string()).await.unwrap(), Vec::<String>::new());
    assert_eq!(scene.db.brand_kit(ann).await.unwrap(), BrandKit::default());
    assert!(scene.db.brand_logo(ann).await.unwrap().is_none());
    let gone = DatabaseError::NotFound(Noun::Account);
    assert_eq!(scene.db.set_brand_look(ann, None, None).await, Err(gone.clone()));
    assert_eq!(scene.db.set_brand_logo(ann, Some(mark)).await, Err(gone));
}
