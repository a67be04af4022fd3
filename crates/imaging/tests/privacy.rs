//! What goes out is pixels alone, whatever came in.

mod common;

use common::fixture;
use imaging::{Limits, decode, encode, preview};

/// Marks of the blocks that carry a place, a time or a camera.
const MARKS: [&[u8]; 12] = [
    b"Exif",
    b"EXIF",
    b"eXIf",
    b"GPS",
    b"http://ns.adobe.com",
    b"xmp",
    b"XMP ",
    b"ICC_PROFILE",
    b"iCCP",
    b"Photoshop",
    b"tIME",
    b"CameraMaker",
];

fn holds(file: &[u8], mark: &[u8]) -> bool {
    file.windows(mark.len()).any(|w| w == mark)
}

#[test]
fn no_output_carries_metadata() {
    for name in ["orientation-6.jpg", "orientation-6.png", "orientation-6.webp", "orientation-6.avif"] {
        let file = fixture(name);
        assert!(holds(&file, b"CameraMaker"), "{name} has nothing to lose");
        let picture = decode(&file, &Limits::default()).unwrap();
        let alpha = imaging::decode::decode_with_alpha(&file, &Limits::default()).unwrap();
        for output in [
            encode::jpeg(&picture, 90).unwrap(),
            encode::jpeg_under(&picture, 100_000).unwrap().0,
            encode::png(&picture).unwrap(),
            encode::png_with_alpha(&alpha).unwrap(),
            encode::webp(&picture, 80).unwrap(),
            encode::webp_with_alpha(&alpha, 80).unwrap(),
            preview(&picture).unwrap(),
        ] {
            for mark in MARKS {
                assert!(!holds(&output.bytes, mark), "{name} as {:?}", output.format);
            }
        }
    }
}

#[test]
fn errors_carry_nothing_out_of_the_file() {
    let file = fixture("orientation-6.jpg");
    for length in 0..file.len() {
        if let Err(error) = decode(&file[..length], &Limits::default()) {
            assert!(!error.to_string().contains("Camera"));
        }
    }
}
