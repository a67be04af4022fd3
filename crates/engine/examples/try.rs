//! Renders a style over photos, for looking at: `try OUT STYLE.toml|ID ... -- PHOTO...`.
use domain::style::{Catalogue, Recipe};
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let split = args.iter().position(|a| a == "--").unwrap();
    let (out, styles, photos) = (&args[0], &args[1..split], &args[split + 1..]);
    let catalogue = Catalogue::built_in().unwrap();
    let engine = engine::Engine::default();
    for photo in photos {
        let bytes = std::fs::read(photo).unwrap();
        let mut last = std::time::Instant::now();
        let mut see = |n: &'static str| { eprintln!("  {n}: {:?}", last.elapsed()); last = std::time::Instant::now(); };
        let subject = engine.prepare_observed(&bytes, &mut see).unwrap();
        println!("{photo}: {:?} cut {:?}", subject.cutout(), subject.cutout().cut);
        let stem = std::path::Path::new(photo).file_stem().unwrap().to_str().unwrap();
        std::fs::write(format!("{out}/{stem}-cutout.png"), imaging::encode::png_with_alpha(&engine.cutout(&subject, 1200)).unwrap().bytes).unwrap();
        for id in styles {
            let style = catalogue.find(domain::StyleKind::Headshot, id).unwrap();
            let Recipe::Headshot(recipe) = &style.recipe else { continue };
            for aspect in [domain::AspectRatio::Portrait4x5, domain::AspectRatio::Square, domain::AspectRatio::Wide] {
                let count = if aspect == domain::AspectRatio::Portrait4x5 { 2 } else { 1 };
                let options = engine::HeadshotOptions { size: aspect.size(1000), count, background: None, seed: 1 };
                let pictures = engine.headshots(&subject, recipe, &options).unwrap();
                see("headshots");
                for (i, p) in pictures.iter().enumerate() {
                    let (a, b) = aspect.terms();
                    std::fs::write(format!("{out}/{stem}-{id}-{a}x{b}-{i}.png"), imaging::encode::png(p).unwrap().bytes).unwrap();
                }
            }
        }
    }
}
