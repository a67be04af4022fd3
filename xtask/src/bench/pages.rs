//! Pages: what each weighs, when something of it is seen, and whether anything jumps, by the browser's own figures.
//!
//! The goals: under 150 KB without pictures for somebody who was never here, first contentful paint within 300 ms on this machine, and
//! a layout shift of zero.

use browser::tour::Stop;
use browser::{Browser, Look, Paint, Studio, Tour, Weight};

use super::serve::program;
use crate::{Failure, root, tools};

/// Loads of which the median counts.
const LOADS: usize = 5;
/// Bytes without pictures.
const MOST_BYTES: u64 = 150_000;
/// Milliseconds until something is seen.
const MOST_MILLIS: f64 = 300.0;

/// Prints the figures, and fails when a goal is missed.
pub(crate) fn run() -> Result<(), Failure> {
    tools::fetch()?;
    program::build()?;
    tokio::runtime::Runtime::new()?.block_on(measure())
}

async fn measure() -> Result<(), Failure> {
    let browser = Browser::start().await?;
    let studio = Studio::start(&program::path()?, "[rates]\nrequests_per_minute = 1000000\n").await?;
    println!(
        "pages: bytes over the wire at a first visit, then milliseconds (median of {LOADS} loads), then layout shift"
    );
    println!("  {:<20} {:>9} {:>10} {:>8} {:>8} {:>6}", "", "bytes", "pictures", "first", "largest", "shift");
    let mut missed = Vec::new();
    for stop in Tour::strangers() {
        missed.extend(page(&browser, &studio, &stop).await?);
    }
    let mut tour = Tour::sign_up(&browser, &studio).await?;
    let photos = root().join("examples/photos");
    tour.add_photos(&["astronaut.png", "obama.jpg"].map(|name| photos.join(name))).await?;
    tour.make("headshot/linkedin-blue", 4).await?;
    for stop in tour.pages() {
        missed.extend(page(&browser, &studio, &stop).await?);
    }
    browser.close().await?;
    if missed.is_empty() { Ok(()) } else { Err(missed.join("; ").into()) }
}

/// One page on a desk and on a phone; what it misses, in words.
async fn page(browser: &Browser, studio: &Studio, stop: &Stop) -> Result<Vec<String>, Failure> {
    let mut missed = Vec::new();
    for screen in [Look::DESKTOP, Look::PHONE] {
        browser.look(screen).await?;
        let (weight, paint) = load(browser, studio, stop).await?;
        let name = format!("{} {}", stop.name, screen.name());
        println!(
            "  {name:<20} {:>9} {:>10} {:>8.0} {:>8.0} {:>6.3}",
            weight.without_pictures,
            weight.pictures,
            paint.first_contentful,
            paint.largest_contentful,
            paint.layout_shift
        );
        if weight.without_pictures > MOST_BYTES {
            missed.push(format!("{name} weighs {} bytes", weight.without_pictures));
        }
        if paint.first_contentful > MOST_MILLIS {
            missed.push(format!("{name} is seen after {:.0} ms", paint.first_contentful));
        }
        if paint.layout_shift > 0.0 {
            missed.push(format!("{name} jumps by {}", paint.layout_shift));
        }
    }
    Ok(missed)
}

/// The weight of a first visit, the median of the times, the worst of the shifts.
async fn load(browser: &Browser, studio: &Studio, stop: &Stop) -> Result<(Weight, Paint), Failure> {
    let (mut weight, mut paints) = (Weight::default(), Vec::new());
    for _ in 0..LOADS {
        browser.forget_cache().await?;
        browser.requests().await?;
        browser.go(&studio.at(&stop.path)).await?;
        paints.push(browser.paint().await?);
        weight = Weight::of(&browser.requests().await?);
    }
    let median = |figure: fn(&Paint) -> f64| {
        let mut figures: Vec<f64> = paints.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let paint = Paint {
        first_contentful: median(|paint| paint.first_contentful),
        largest_contentful: median(|paint| paint.largest_contentful),
        layout_shift: paints.iter().map(|paint| paint.layout_shift).fold(0.0, f64::max),
    };
    Ok((weight, paint))
}
