//! Photos to send: those of examples/photos, and what can be made of them.

use std::path::Path;

use imaging::{Limits, Resizable, Rgb8, decode, encode};

/// A photo of examples/photos, as it is.
pub(crate) fn photo(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/photos");
    std::fs::read(folder.join(name)).unwrap()
}

/// The same with a height of so many pixels: it takes less time to look at.
pub(crate) fn small_photo(name: &str, height: usize) -> Vec<u8> {
    jpeg(&scaled(name, height))
}

/// Two people side by side, one as large as the other.
pub(crate) fn two_people() -> Vec<u8> {
    let one = scaled("obama.jpg", 900);
    let other = one.clone().mirrored();
    let width = one.width();
    jpeg(&Rgb8::from_fn(
        2 * width,
        900,
        |x, y| if x < width { one.get(x, y) } else { other.get(x - width, y) },
    ))
}

/// A wall at evening: a picture in which nobody is.
pub(crate) fn nobody() -> Vec<u8> {
    jpeg(&Rgb8::from_fn(900, 700, |x, y| [(x / 6) as u8, (y / 5) as u8, 90]))
}

fn scaled(name: &str, height: usize) -> Rgb8 {
    let picture = decode(&photo(name), &Limits::default()).unwrap();
    picture.resized(picture.width() * height / picture.height(), height)
}

fn jpeg(picture: &Rgb8) -> Vec<u8> {
    encode::jpeg(picture, 92).unwrap().bytes
}
