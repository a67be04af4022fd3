//! `cargo xtask bench imaging`: a phone's photo to a 2048 px JPEG and a 512 px WebP preview, beside sharp.
//!
//! Both start from the same file in memory, decode it once, and work on two images side by side. Rounds of the
//! one and the other follow in turn, so that a busy machine is busy for both; of each the best round counts.
//! sharp is the peer at its best: see `bench/sharp_peer.mjs`. It needs Node and `npm install` in `bench/`, the
//! photos Python with Pillow and NumPy.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use imaging::encode::{Encoded, JpegOptions, jpeg_with};
use imaging::resize::Resizable;
use imaging::{Limits, Rgb8, Wanted, decode, decode_for, preview};

const ROUNDS: usize = 4;
const SIDE_BY_SIDE: usize = 2;
const LONGEST_SIDE: u32 = 2048;

/// sharp's own default for a JPEG is colour at half size at every quality, so ours is made the same.
const JPEG: JpegOptions =
    JpegOptions { quality: 90, full_colour: false, progressive: false, optimised: false };

/// Makes the photos if there are none, measures, and prints a table.
///
/// # Errors
/// When Python, Node or sharp is missing, with what to install.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bench");
    let photos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench-photos");
    std::fs::create_dir_all(&photos)?;
    if !bench.join("node_modules/sharp").exists() {
        return Err(format!("sharp is missing: run `npm install` in {}", bench.display()).into());
    }
    for (name, images) in [("12mp", 30), ("48mp", 20)] {
        let photo = photos.join(format!("{name}.jpg"));
        if !photo.exists() {
            let made = Command::new("python3").arg(bench.join("make_photos.py")).arg(&photos).status()?;
            if !made.success() {
                return Err("the photos could not be made: `pip install pillow numpy`".into());
            }
        }
        measure(name, &photo, &bench.join("sharp_peer.mjs"), images)?;
    }
    Ok(())
}

/// What one contender did in its best round.
struct Score {
    images_per_s: f64,
    /// Processor time an image over all threads: what a busy machine does not change much.
    cpu_ms: f64,
    peak_mb: f64,
    image: Vec<u8>,
    preview: Vec<u8>,
}

fn measure(name: &str, photo: &Path, peer: &Path, images: usize) -> Result<(), Box<dyn Error>> {
    let bytes = std::fs::read(photo)?;
    println!(
        "\n{name} ({:.1} MB), {SIDE_BY_SIDE} at a time, best of {ROUNDS} rounds of {images}",
        mb(bytes.len())
    );
    let (mut ours, mut sharps): (Option<Score>, Option<Score>) = (None, None);
    for _ in 0..ROUNDS {
        keep_best(&mut sharps, sharp_round(photo, peer, images)?);
        keep_best(&mut ours, our_round(&bytes, images)?);
    }
    let (Some(ours), Some(sharps)) = (ours, sharps) else { return Ok(()) };
    let whole = decode(&bytes, &Limits::default())?;
    let size = Wanted::longest_side(LONGEST_SIDE).size_of(whole.size());
    let reference = whole.resized(size.width as usize, size.height as usize);
    drop(whole);
    println!("           images/s    CPU ms  peak MB   JPEG kB  PSNR dB  WebP kB  PSNR dB");
    print_row("covershots", &ours, &reference)?;
    print_row("sharp", &sharps, &reference)?;
    println!(
        "ratio      {:>8.2}  {:>8.2}  {:>7.2}",
        ours.images_per_s / sharps.images_per_s,
        ours.cpu_ms / sharps.cpu_ms,
        ours.peak_mb / sharps.peak_mb
    );
    stages(&bytes)
}

fn keep_best(best: &mut Option<Score>, mut round: Score) {
    if let Some(best) = best {
        // The most memory of all rounds, the most speed of any.
        round.peak_mb = round.peak_mb.max(best.peak_mb);
        round.images_per_s = round.images_per_s.max(best.images_per_s);
        round.cpu_ms = round.cpu_ms.min(best.cpu_ms);
    }
    *best = Some(round);
}

fn print_row(name: &str, score: &Score, reference: &Rgb8) -> Result<(), Box<dyn Error>> {
    let image = decode(&score.image, &Limits::default())?;
    let small = decode(&score.preview, &Limits::default())?;
    let small_reference = reference.resized(small.width(), small.height());
    println!(
        "{name:<10} {:>8.2}  {:>8.1}  {:>7.0}  {:>8.0}  {:>7.2}  {:>7.1}  {:>7.2}",
        score.images_per_s,
        score.cpu_ms,
        score.peak_mb,
        score.image.len() as f64 / 1e3,
        psnr(&image, reference),
        score.preview.len() as f64 / 1e3,
        psnr(&small, &small_reference),
    );
    Ok(())
}

/// Both outputs of one photo.
fn work(bytes: &[u8]) -> Result<(Encoded, Encoded), Box<dyn Error + Send + Sync>> {
    let picture = decode_for(bytes, &Limits::default(), Wanted::longest_side(LONGEST_SIDE))?;
    Ok((jpeg_with(&picture, JPEG)?, preview(&picture)?))
}

fn our_round(bytes: &[u8], images: usize) -> Result<Score, Box<dyn Error>> {
    let (image, preview) = work(bytes).map_err(|e| e.to_string())?;
    process::reset_peak()?;
    let cpu = process::cpu_ms()?;
    let taken = AtomicUsize::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while taken.fetch_add(1, Ordering::Relaxed) < images {
                    std::hint::black_box(work(bytes).is_ok());
                }
            });
        }
    });
    let images_per_s = images as f64 / start.elapsed().as_secs_f64();
    Ok(Score {
        images_per_s,
        cpu_ms: (process::cpu_ms()? - cpu) / images as f64,
        peak_mb: process::peak_mb()?,
        image: image.bytes,
        preview: preview.bytes,
    })
}

fn sharp_round(photo: &Path, peer: &Path, images: usize) -> Result<Score, Box<dyn Error>> {
    let folder: PathBuf = photo.parent().unwrap_or(Path::new(".")).to_owned();
    let output = Command::new("node")
        .arg(peer)
        .arg(photo)
        .args([images.to_string(), SIDE_BY_SIDE.to_string()])
        .arg(&folder)
        .output()?;
    if !output.status.success() {
        return Err(format!("sharp failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let said: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let figure = |key: &str| said[key].as_f64().ok_or(format!("the peer said no {key}"));
    Ok(Score {
        images_per_s: figure("images_per_s")?,
        cpu_ms: figure("cpu_ms")?,
        peak_mb: figure("peak_mb")?,
        image: std::fs::read(folder.join("sharp.jpg"))?,
        preview: std::fs::read(folder.join("sharp.webp"))?,
    })
}

/// Where our time goes, one image alone, the best of ten.
fn stages(bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut best = [Duration::MAX; 3];
    for _ in 0..10 {
        let start = Instant::now();
        let picture = decode_for(bytes, &Limits::default(), Wanted::longest_side(LONGEST_SIDE))?;
        let read = start.elapsed();
        jpeg_with(&picture, JPEG)?;
        let written = start.elapsed();
        preview(&picture)?;
        let done = start.elapsed();
        for (best, took) in best.iter_mut().zip([read, written - read, done - written]) {
            *best = took.min(*best);
        }
    }
    let [read, image, preview] = best.map(|d| d.as_secs_f64() * 1e3);
    println!("one alone: read and shrink {read:.1} ms, JPEG {image:.1} ms, preview {preview:.1} ms");
    Ok(())
}

/// Peak signal-to-noise ratio over all channels in dB.
fn psnr(a: &Rgb8, b: &Rgb8) -> f64 {
    if a.size() != b.size() {
        return f64::NAN;
    }
    let squares: u64 = a.data().iter().zip(b.data()).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    10.0 * (255.0 * 255.0 * a.data().len() as f64 / squares.max(1) as f64).log10()
}

fn mb(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// What Linux says of this process (`man 5 proc`).
mod process {
    use std::error::Error;

    /// Forgets the most memory held so far.
    pub(super) fn reset_peak() -> Result<(), Box<dyn Error>> {
        Ok(std::fs::write("/proc/self/clear_refs", "5")?)
    }

    /// The most memory held.
    pub(super) fn peak_mb() -> Result<f64, Box<dyn Error>> {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// Processor time of all threads, in steps of 10 ms.
    pub(super) fn cpu_ms() -> Result<f64, Box<dyn Error>> {
        let stat = std::fs::read_to_string("/proc/self/stat")?;
        let fields = stat.rsplit(')').next().ok_or("no stat")?;
        let ticks: Vec<f64> =
            fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        Ok(ticks.iter().sum::<f64>() * 10.0)
    }
}
