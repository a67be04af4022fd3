//! From a photo of 12 megapixels to four headshots: milliseconds a step, the whole, and the most memory held.
//!
//! The goals: four headshots of one photo within 2 s on two cores, in less than 500 MB.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::style::{Catalogue, Recipe};
use domain::{AspectRatio, StyleKind};
use engine::{Engine, HeadshotOptions};
use imaging::{Limits, Resizable, decode, encode};

use super::{measure, milliseconds, peak_memory};
use crate::{Failure, root};

const ROUNDS: usize = 5;
const STYLE: &str = "corporate";

/// Prints the figures.
pub(crate) fn run() -> Result<(), Failure> {
    // The whole comes first: the peak of memory is that of the process so far.
    let photo = twelve_megapixels()?;
    let before = peak_memory();
    let engine = Engine::new(Limits::default());
    let catalogue = Catalogue::built_in()?;
    let Recipe::Headshot(recipe) = &catalogue.find(StyleKind::Headshot, STYLE)?.recipe else {
        return Err("corporate is a headshot style".into());
    };
    let options =
        HeadshotOptions { size: AspectRatio::Portrait4x5.size(2048), count: 4, background: None, seed: 1 };
    let four = || -> Result<usize, Failure> {
        let subject = engine.prepare(&photo)?;
        let files = engine
            .headshots(&subject, recipe, &options)?
            .iter()
            .map(|p| encode::jpeg(p, 90))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(files.iter().map(|file| file.bytes.len()).sum())
    };
    let start = Instant::now();
    four()?;
    let first = start.elapsed();
    let (best, median) = measure(ROUNDS, four);
    println!("engine: a 12-megapixel JPEG to four JPEG headshots of {}", options.size);
    println!("  first, with loading of models  {:>8} ms", milliseconds(first));
    println!("  best of {ROUNDS}                      {:>8} ms", milliseconds(best));
    println!("  median of {ROUNDS}                    {:>8} ms", milliseconds(median));
    if let (Some(before), Some(peak)) = (before, peak_memory()) {
        println!(
            "  peak memory                    {:>8} MB (of which before the engine: {})",
            peak >> 20,
            before >> 20
        );
    }

    println!("engine: each step alone, best of {ROUNDS}, for one headshot");
    let mut steps = Steps::default();
    let recipe = Arc::new((**recipe).clone());
    for _ in 0..ROUNDS {
        steps.restart();
        let subject = engine.prepare_observed(&photo, &mut |step| steps.done(step))?;
        steps.restart();
        let picture =
            engine.headshot_observed(&subject, &recipe, &options, 0, &mut |step| steps.done(step))?;
        steps.restart();
        encode::jpeg(&picture, 90)?;
        steps.done("write JPEG");
    }
    for name in &steps.order {
        println!("  {name:28}   {:>8} ms", milliseconds(steps.best[name]));
    }
    Ok(())
}

/// A portrait of the examples at the size of a phone's photo.
fn twelve_megapixels() -> Result<Vec<u8>, Failure> {
    let file = std::fs::read(root().join("examples/photos/obama.jpg"))?;
    let picture = decode(&file, &Limits::default())?;
    let factor = (12_000_000.0 / picture.size().pixels() as f64).sqrt();
    let scaled = |side: usize| (side as f64 * factor).round() as usize;
    let large = picture.resized(scaled(picture.width()), scaled(picture.height()));
    Ok(encode::jpeg(&large, 92)?.bytes)
}

/// The best time of each step, in the order in which they were first seen.
#[derive(Default)]
struct Steps {
    since: Option<Instant>,
    order: Vec<&'static str>,
    best: BTreeMap<&'static str, Duration>,
}

impl Steps {
    fn restart(&mut self) {
        self.since = Some(Instant::now());
    }

    fn done(&mut self, step: &'static str) {
        let time = self.since.map(|since| since.elapsed()).unwrap_or_default();
        if !self.best.contains_key(step) {
            self.order.push(step);
        }
        let best = self.best.entry(step).or_insert(time);
        *best = time.min(*best);
        self.restart();
    }
}
