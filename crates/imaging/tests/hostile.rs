//! Files that mean harm or were hurt on the way: each gives an error, never a panic, never much memory.
//!
//! The files are made here, byte by byte, so that one can read what is wrong with each. The allocator of this
//! test counts: what is refused must be refused before room is made for it.
#![allow(clippy::unwrap_used)] // in the helpers of a test

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::{fixture, fixtures};
use imaging::decode::{check_claim, decode_with_alpha, probe};
use imaging::{DecodeError, Limits, Wanted, decode, decode_for};

/// Counts what a thread holds and the most it ever held.
struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: every call is handed to the system's allocator unchanged; the counters hold no memory themselves.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

fn count(bytes: isize) {
    // A thread that ends gives back memory after its counters are gone.
    let _ = HELD.try_with(|held| {
        held.set(held.get().saturating_add_signed(bytes));
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

/// The most bytes that were held at once during `work`, beyond those held before.
fn most_held<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    MOST.set(before);
    let result = work();
    (result, MOST.get().saturating_sub(before))
}

/// What a refusal may take: some headers and the rows of a decoder.
const LITTLE: usize = 4 << 20;

/// Everything that reads refuses the file and takes little memory for it.
fn assert_refused(name: &str, file: &[u8]) -> DecodeError {
    let limits = Limits::default();
    let (result, held) = most_held(|| decode(file, &limits));
    let error = result.map(|p| p.size()).expect_err(name);
    assert!(held <= LITTLE, "{name}: {held} bytes were held for {error}");
    let (result, held) = most_held(|| decode_with_alpha(file, &limits));
    assert!(result.is_err() && held <= LITTLE, "{name} with alpha: {held}");
    let (result, held) = most_held(|| decode_for(file, &limits, Wanted::longest_side(64)));
    assert!(result.is_err() && held <= LITTLE, "{name} made smaller: {held}");
    let (_, held) = most_held(|| probe(file, &limits));
    assert!(held <= LITTLE, "{name} probed: {held}");
    error
}

fn assert_too_large(name: &str, file: &[u8]) {
    let error = assert_refused(name, file);
    assert!(matches!(error, DecodeError::TooLarge { .. }), "{name}: {error}");
}

fn assert_damaged(name: &str, file: &[u8]) {
    let error = assert_refused(name, file);
    assert!(matches!(error, DecodeError::Damaged { .. }), "{name}: {error}");
}

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    [&[0xFF, marker][..], &(payload.len() as u16 + 2).to_be_bytes(), payload].concat()
}

fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = !0u32;
    for byte in kind.iter().chain(body) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    [&(body.len() as u32).to_be_bytes()[..], kind, body, &(!crc).to_be_bytes()].concat()
}

fn png(width: u32, height: u32, depth: u8, colour: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunks.concat(), chunk(b"IEND", b"")].concat()
}

fn riff(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let body: Vec<u8> = chunks
        .iter()
        .flat_map(|(kind, body)| {
            let padding = vec![0; body.len() % 2];
            [&kind[..], &(body.len() as u32).to_le_bytes(), body, &padding].concat()
        })
        .collect();
    [b"RIFF", &(body.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &body].concat()
}

/// A real JPEG whose frame says another size.
fn jpeg_of_size(name: &str, width: u16, height: u16) -> Vec<u8> {
    let mut file = fixture(name);
    let frame = file.windows(2).position(|w| w[0] == 0xFF && matches!(w[1], 0xC0 | 0xC2)).unwrap();
    file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    file[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    file
}

/// A real AVIF in which `ispe` says another size.
fn avif_of_size(width: u32, height: u32) -> Vec<u8> {
    let mut file = fixture("avif-420.avif");
    let at = file.windows(4).position(|w| w == b"ispe").unwrap() + 8;
    file[at..at + 4].copy_from_slice(&width.to_be_bytes());
    file[at + 4..at + 8].copy_from_slice(&height.to_be_bytes());
    file
}

#[test]
fn declared_sizes_beyond_the_limits_are_refused_with_little_memory() {
    for name in ["jpeg-baseline-420.jpg", "jpeg-progressive.jpg", "jpeg-cmyk-adobe.jpg", "jpeg-grey.jpg"] {
        // The bytes are checked to be enough for the size first; either refusal is right.
        assert_refused(name, &jpeg_of_size(name, 65_535, 65_535));
        assert_refused(name, &jpeg_of_size(name, 65_535, 1));
        assert_damaged(name, &jpeg_of_size(name, 10_000, 10_000));
        assert_damaged(name, &jpeg_of_size(name, 0, 100));
        assert_damaged(name, &jpeg_of_size(name, 100, 0));
    }
    for (width, height) in [(u32::MAX >> 1, u32::MAX >> 1), (30_001, 1), (1, 30_001), (10_001, 10_000)] {
        for (depth, colour) in [(16, 6), (1, 0), (8, 2), (8, 3)] {
            assert_too_large("png", &png(width, height, depth, colour, &[chunk(b"IDAT", b"x\x9c")]));
        }
        assert_too_large("avif", &avif_of_size(width, height));
    }
    let vp8x = |w: u32, h: u32| {
        [&[0, 0, 0, 0][..], &(w - 1).to_le_bytes()[..3], &(h - 1).to_le_bytes()[..3]].concat()
    };
    for (width, height) in [(1 << 24, 1), (16_384, 16_384), (30_001, 2)] {
        let file = riff(&[(b"VP8X", vp8x(width, height)), (b"VP8L", vec![0x2F, 0, 0, 0, 0, 0])]);
        assert_refused("webp", &file);
    }
}

#[test]
fn a_lossless_webp_of_the_largest_size_is_refused() {
    // 14 bits of width and height less one (RFC 9649, 3.4): 16384 pixels square.
    let file = riff(&[(b"VP8L", vec![0x2F, 0xFF, 0xFF, 0xFF, 0x0F, 0, 0, 0])]);
    assert_refused("vp8l", &file);
}

#[test]
fn a_bomb_of_zeroes_in_a_png_is_refused_or_is_the_picture_it_says() {
    // 100 megapixels in 12 kB cannot be: deflate does not pack that much.
    let zeroes = chunk(b"IDAT", &[0; 12_000]);
    assert_damaged("few bytes", &png(10_000, 10_000, 8, 2, &[zeroes]));
    // A profile that unpacks without end is cut off and ignored, or refused.
    let mut profile = b"x\0\0".to_vec();
    profile.extend(deflated_zeroes(64 << 20));
    let file = png(1, 1, 8, 0, &[chunk(b"iCCP", &profile), chunk(b"IDAT", &stored_deflate(&[0, 7]))]);
    let (_, held) = most_held(|| decode(&file, &Limits::default()));
    assert!(held < 40 << 20, "{held} bytes were held");
}

#[test]
fn text_in_a_png_is_not_unpacked() {
    let mut text = b"Comment\0\0".to_vec();
    text.extend(deflated_zeroes(64 << 20));
    let file = png(1, 1, 8, 0, &[chunk(b"zTXt", &text), chunk(b"IDAT", &stored_deflate(&[0, 7]))]);
    let (result, held) = most_held(|| decode(&file, &Limits::default()));
    assert!(result.unwrap().get(0, 0) == [7; 3] && held <= LITTLE, "{held} bytes were held");
}

/// A zlib stream of stored blocks.
fn stored_deflate(data: &[u8]) -> Vec<u8> {
    let (mut a, mut b) = (1u32, 0u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let length = data.len() as u16;
    [
        &[0x78, 0x01, 1][..],
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        data,
        &(b << 16 | a).to_be_bytes(),
    ]
    .concat()
}

/// A zlib stream of zeroes, made by the PNG encoder: rows of a black picture, packed about a thousandfold.
fn deflated_zeroes(bytes: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, 16_000, (bytes / 16_001) as u32);
    encoder.set_color(::png::ColorType::Grayscale);
    encoder.set_filter(::png::Filter::NoFilter);
    encoder.set_compression(::png::Compression::High);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![0; 16_000 * (bytes / 16_001)]).unwrap();
    writer.finish().unwrap();
    let mut packed = Vec::new();
    let mut rest = &file[8..];
    while rest.len() >= 12 {
        let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        if &rest[4..8] == b"IDAT" {
            packed.extend(&rest[8..8 + length]);
        }
        rest = &rest[12 + length..];
    }
    packed
}

#[test]
fn more_bytes_than_allowed_are_refused() {
    let file = fixture("jpeg-baseline-444.jpg");
    let limits = Limits { max_bytes: file.len() as u64 - 1, ..Limits::default() };
    assert!(matches!(decode(&file, &limits), Err(DecodeError::TooManyBytes { .. })));
    assert!(matches!(probe(&file, &limits), Err(DecodeError::TooManyBytes { .. })));
    assert!(decode(&file, &Limits { max_bytes: file.len() as u64, ..limits }).is_ok());
    assert!(matches!(decode(&[], &Limits::default()), Err(DecodeError::Empty)));
}

#[test]
fn the_operators_limits_hold_for_every_format() {
    for (name, file) in fixtures() {
        for limits in [
            Limits { max_pixels: 47 * 31 - 1, ..Limits::default() },
            Limits { max_side: 46, ..Limits::default() },
        ] {
            let error = decode(&file, &limits).map(|p| p.size()).expect_err(&name);
            assert!(matches!(error, DecodeError::TooLarge { .. }), "{name}: {error}");
            assert!(error.to_string().contains("pixels"), "{error}");
        }
    }
}

#[test]
fn files_cut_off_anywhere_are_refused() {
    for (name, file) in fixtures() {
        for length in 0..file.len() {
            assert!(decode(&file[..length], &Limits::default()).is_err(), "{name} of {length} bytes");
        }
    }
}

#[test]
fn a_jpeg_whose_middle_is_missing_is_refused() {
    for name in ["jpeg-baseline-420.jpg", "jpeg-baseline-444.jpg", "jpeg-grey.jpg", "jpeg-restart.jpg"] {
        let file = fixture(name);
        let scan = file.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap() + 20;
        // The end of image follows at once: only the decoder can tell that blocks are missing.
        let kept = scan + (file.len() - scan) / 3;
        let cut = [&file[..kept], &[0xFF, 0xD9][..]].concat();
        assert_damaged(name, &cut);
    }
}

#[test]
fn what_follows_the_picture_is_tolerated() {
    for (name, file) in fixtures() {
        let whole = decode(&file, &Limits::default()).unwrap();
        for tail in [&b"\0"[..], b"trailing garbage", &[0xFF; 300], &file] {
            let longer = [&file[..], tail].concat();
            let seen = decode(&longer, &Limits::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(seen == whole, "{name}");
        }
    }
}

#[test]
fn every_changed_byte_gives_a_picture_or_an_error() {
    for (name, file) in fixtures() {
        let size = decode(&file, &Limits::default()).unwrap().size();
        for at in 0..file.len() {
            for flip in [0xFF, 0x01] {
                let mut hurt = file.clone();
                hurt[at] ^= flip;
                let (result, held) = most_held(|| decode(&hurt, &Limits::default()));
                if let Ok(picture) = result {
                    // A changed size is the picture of another size, and no more than that is held.
                    let room = 64 * picture.data().len() + LITTLE * 2;
                    assert!(
                        held <= room,
                        "{name} at {at}: {held} bytes for {:?} of {size:?}",
                        picture.size()
                    );
                }
            }
        }
    }
}

#[test]
fn lying_types_are_named() {
    let limits = Limits::default();
    for (bytes, claimed, found) in [
        (fixture("png-grey.png"), "image/jpeg", "PNG"),
        (fixture("jpeg-grey.jpg"), "photo/png", "JPEG"),
        (fixture("avif-420.avif"), "image/heic", "AVIF"),
    ] {
        let message = check_claim(&bytes, claimed, &limits).unwrap_err().to_string();
        assert!(message.contains(found) && message.contains(claimed), "{message}");
    }
    let message = check_claim(b"%PDF-1.4 ...", "image/jpeg", &limits).unwrap_err().to_string();
    assert!(message.contains("PDF"), "{message}");
}

#[test]
fn boxes_in_boxes_in_boxes_are_no_picture() {
    let mut inner = b"\0\0\0\x08free".to_vec();
    for _ in 0..20_000 {
        let kind = if inner.len().is_multiple_of(16) { b"meta" } else { b"ipco" };
        inner = [&(inner.len() as u32 + 8).to_be_bytes()[..], kind, &inner].concat();
        if inner.len() > 60_000 {
            break;
        }
    }
    let file = [b"\0\0\0\x10ftypavif\0\0\0\0", &inner[..]].concat();
    assert_damaged("nested", &file);
}

#[test]
fn a_jpeg_of_nothing_but_headers_is_refused() {
    let soi = [0xFF, 0xD8];
    let frame = segment(0xC0, &[8, 0, 64, 0, 64, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0]);
    let scan = segment(0xDA, &[4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
    let eoi = [0xFF, 0xD9];
    assert_damaged("no scan", &[&soi[..], &frame, &eoi].concat());
    assert_damaged("four inks without data", &[&soi[..], &frame, &scan, &eoi].concat());
    assert_damaged("two frames", &[&soi[..], &frame, &frame, &scan, &eoi].concat());
    assert_damaged("a scan first", &[&soi[..], &scan, &frame, &eoi].concat());
    assert_damaged("nothing", &[&soi[..], &eoi].concat());
    assert_damaged("ten thousand comments", &[&soi[..], &segment(0xFE, b"hi").repeat(10_000), &eoi].concat());
    let lossless = segment(0xC3, &[8, 0, 64, 0, 64, 1, 1, 0x11, 0]);
    let error = assert_refused("lossless", &[&soi[..], &lossless, &eoi].concat());
    assert!(matches!(error, DecodeError::Unsupported { .. }), "{error}");
}

#[test]
fn scans_without_end_are_refused_soon() {
    // A progressive picture may be sent in any number of scans; a decoder that follows them all is kept busy.
    let file = fixture("jpeg-progressive.jpg");
    let last = file.windows(2).rposition(|w| w == [0xFF, 0xDA]).unwrap();
    let scan = &file[last..file.len() - 2];
    let many = [&file[..last], &scan.repeat(5_000), &file[file.len() - 2..]].concat();
    let start = std::time::Instant::now();
    assert_damaged("many scans", &many);
    assert!(start.elapsed().as_secs() < 5);
}

#[test]
fn what_fuzzing_found_stays_refused() {
    let folder = format!("{}/tests/hostile", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let (result, held) = most_held(|| decode(&bytes, &Limits::default()));
        let pixels = result.map_or(0, |p| p.pixels().len());
        assert!(held <= LITTLE + 64 * pixels, "{}: {held} bytes were held", path.display());
    }
}

#[test]
fn arbitrary_bytes_never_panic() {
    // A small generator of our own, so that a failure can be repeated.
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let starts = fixtures();
    for _ in 0..4_000 {
        let (_, file) = &starts[next() as usize % starts.len()];
        let mut bytes = file.clone();
        for _ in 0..1 + next() % 12 {
            let at = next() as usize % bytes.len();
            match next() % 4 {
                0 => bytes[at] = next() as u8,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, next() as u8),
                _ => {
                    let end = (at + next() as usize % 40).min(bytes.len());
                    let part = bytes[at..end].to_vec();
                    let to = next() as usize % bytes.len();
                    bytes.splice(to..to, part);
                }
            }
        }
        let limits = Limits { max_pixels: 1_000_000, ..Limits::default() };
        let _ = decode(&bytes, &limits);
        let noise: Vec<u8> = (0..next() % 200).map(|_| next() as u8).collect();
        let _ = decode(&noise, &limits);
        let _ = decode(&[&file[..file.len().min(16)], &noise].concat(), &limits);
    }
}
