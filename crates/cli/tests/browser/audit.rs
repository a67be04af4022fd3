//! Every page on a desk and on a phone, in light and dark: nothing that keeps somebody from something, nothing wider than the screen,
//! nothing that jumps.

use browser::tour::Stop;
use browser::{Look, Theme, Tour};
use serde_json::json;

use crate::scene::{Scene, photos};

/// The screens.
const SCREENS: [Look; 2] = [Look::DESKTOP, Look::PHONE];

#[tokio::test]
async fn every_page_can_be_used_by_everybody_on_every_screen_in_both_themes() {
    let scene = Scene::new().await;
    let mut wrong = look_at(&scene, Tour::strangers()).await;
    let mut tour = Tour::sign_up(&scene.browser, &scene.studio).await.unwrap();
    wrong.extend(look_at(&scene, Tour::newcomers()).await);
    scene.browser.look(Look::DESKTOP).await.unwrap();
    tour.add_photos(&photos(&["astronaut.png", "obama.jpg"])).await.unwrap();
    tour.make("headshot/linkedin-blue", 2).await.unwrap();
    tour.connect_a_program().await.unwrap();
    wrong.extend(look_at(&scene, tour.pages()).await);
    assert_eq!(wrong, Vec::<String>::new());
    scene.all_was_well().await;
}

/// What is wrong with the pages, each in a line.
pub(crate) async fn look_at(scene: &Scene, stops: Vec<Stop>) -> Vec<String> {
    let mut wrong = Vec::new();
    for stop in stops {
        for screen in SCREENS {
            scene.browser.look(screen).await.unwrap();
            scene.go(&stop.path).await;
            let shift = scene.browser.paint().await.unwrap().layout_shift;
            if shift > 0.0 {
                wrong.push(format!("{} {}: it jumps by {shift}", stop.name, screen.name()));
            }
            for theme in Theme::ALL {
                scene.browser.look(screen.in_theme(theme)).await.unwrap();
                let found = scene.browser.audit().await.unwrap();
                let serious = found.iter().filter(|violation| violation.is_serious());
                wrong.extend(
                    serious
                        .map(|found| format!("{} {} {}: {found:?}", stop.name, screen.name(), theme.name())),
                );
            }
            let too_wide = "return document.documentElement.scrollWidth > window.innerWidth;";
            if scene.browser.script(too_wide, json!([])).await.unwrap() == true {
                wrong.push(format!("{} {}: it is wider than the screen", stop.name, screen.name()));
            }
        }
    }
    wrong
}
