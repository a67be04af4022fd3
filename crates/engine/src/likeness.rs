//! How close the face in a picture is to a person's photos, by dlib's network for recognising faces.
//!
//! The network turns a face into 128 numbers; those of two photos of one person lie close together. The numbers are a measurement of the
//! face: they live here while two pictures are compared, and nothing but how close they are leaves this file.

use imaging::resize::Resizable;
use imaging::{Limits, Point, Rgb8, decode};

use crate::engine::{Engine, MODELS};
use crate::error::EngineError;
use crate::landmarks::Mesh;
use crate::prepare::find_face;
use crate::warp::Similarity;

/// Side of the network's input.
const SIDE: usize = 150;
/// Room around the face, as a share of it, that the network was trained with.
const PADDING: f32 = 0.25;
/// Where the points of a face lie that the network was trained with, in shares of the face
/// ([dlib](https://github.com/davisking/dlib/blob/master/dlib/image_transforms/interpolation.h), `get_face_chip_details`), and which points
/// of the mesh they are: the corners of the eyes and the lower end of the nose.
const PLACES: [(usize, Point); 5] = [
    (263, Point { x: 0.859_567_5, y: 0.213_498_15 }),
    (362, Point { x: 0.646_060_5, y: 0.228_967_44 }),
    (33, Point { x: 0.120_575_06, y: 0.213_727_45 }),
    (133, Point { x: 0.334_085_06, y: 0.229_064_24 }),
    (2, Point { x: 0.490_123_4, y: 0.627_797_5 }),
];
/// Two photos closer than this show one person ([dlib](http://dlib.net/face_recognition.py.html)); twice as far is nobody like them.
const ONE_PERSON: f32 = 0.6;
/// The largest shrinking that is done in one go; more of it is done beforehand, or it would flicker.
const SHRINK: f32 = 0.6;

impl Engine {
    /// How close the largest face in a picture is to that in the photo that is closest, 0 to 1: from 0.5 on they show one person. `None`
    /// where no face is found in the picture, or in none of the photos.
    ///
    /// # Errors
    /// [`EngineError::Photo`] for a file that can't be read, [`EngineError::Model`] when a model fails.
    pub fn likeness<'a>(
        &self,
        photos: impl IntoIterator<Item = &'a [u8]>,
        picture: &[u8],
    ) -> Result<Option<f32>, EngineError> {
        let Some(made) = measure(picture)? else { return Ok(None) };
        let mut closest: Option<f32> = None;
        for photo in photos {
            if let Some(known) = measure(photo)? {
                let apart = made.apart(&known);
                closest = Some(closest.map_or(apart, |closest| closest.min(apart)));
            }
        }
        Ok(closest.map(|apart| (1.0 - apart / (2.0 * ONE_PERSON)).clamp(0.0, 1.0)))
    }
}

/// A measurement of a face. It does not print.
struct Measured(Vec<f32>);

impl Measured {
    fn apart(&self, other: &Measured) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
    }
}

fn measure(file: &[u8]) -> Result<Option<Measured>, EngineError> {
    let pixels = decode(file, &Limits::default())?;
    let Some((_, mesh)) = find_face::all(&MODELS, &pixels)?.into_iter().next() else { return Ok(None) };
    Ok(Some(Measured(MODELS.recognise(&level(&pixels, &mesh))?)))
}

/// The face as the network was trained to see it.
fn level(pixels: &Rgb8, mesh: &Mesh) -> Rgb8 {
    let place = |p: Point| {
        let share = |v: f32| (v + PADDING) / (1.0 + 2.0 * PADDING) * SIDE as f32;
        Point::new(share(p.x), share(p.y))
    };
    let pairs = PLACES.map(|(point, to)| (mesh.at(point), place(to)));
    let warp = closest_warp(&pairs);
    if warp.scale() >= SHRINK {
        return warp.warp(pixels, SIDE, SIDE);
    }
    let smaller = |side: usize| ((side as f32 * warp.scale()).round() as usize).max(1);
    let small = pixels.resized(smaller(pixels.width()), smaller(pixels.height()));
    let (across, down) =
        (small.width() as f32 / pixels.width() as f32, small.height() as f32 / pixels.height() as f32);
    let pairs = pairs.map(|(from, to)| (Point::new(from.x * across, from.y * down), to));
    closest_warp(&pairs).warp(&small, SIDE, SIDE)
}

/// The turn, scale and move that brings points closest to where they belong, by least squares.
fn closest_warp(pairs: &[(Point, Point); 5]) -> Similarity {
    let middle = |of: fn(&(Point, Point)) -> Point| {
        let sum = pairs.iter().map(of).fold(Point::default(), |a, b| Point::new(a.x + b.x, a.y + b.y));
        Point::new(sum.x / pairs.len() as f32, sum.y / pairs.len() as f32)
    };
    let (from, to) = (middle(|pair| pair.0), middle(|pair| pair.1));
    let (mut along, mut across, mut size) = (0.0, 0.0, 0.0);
    for (p, q) in pairs {
        let (px, py, qx, qy) = (p.x - from.x, p.y - from.y, q.x - to.x, q.y - to.y);
        along += px * qx + py * qy;
        across += px * qy - py * qx;
        size += px * px + py * py;
    }
    Similarity::new(from, to, f32::hypot(along, across) / size.max(1e-6), across.atan2(along))
}

#[cfg(test)]
mod tests {
    use domain::AspectRatio;
    use domain::style::{Catalogue, Recipe};
    use imaging::encode;

    use super::*;
    use crate::HeadshotOptions;

    const OBAMA: &[u8] = include_bytes!("../../../examples/photos/obama.jpg");
    const BIDEN: &[u8] = include_bytes!("../../../examples/photos/biden.jpg");
    const ASTRONAUT: &[u8] = include_bytes!("../../../examples/photos/astronaut.png");

    fn like(photos: &[&[u8]], picture: &[u8]) -> Option<f32> {
        Engine::default().likeness(photos.iter().copied(), picture).unwrap()
    }

    /// The photo in another size, mirrored, darker and pressed hard: another picture of the same person, as far as pixels go.
    fn another(photo: &[u8]) -> Vec<u8> {
        let pixels = decode(photo, &Limits::default()).unwrap();
        let small = pixels.resized(pixels.width() / 3, pixels.height() / 3).mirrored();
        let darker = small.map(|p| p.map(|v| (f32::from(v) * 0.8) as u8));
        encode::jpeg(&darker, 60).unwrap().bytes
    }

    #[test]
    fn one_person_is_close_and_three_are_apart() {
        let photos = [OBAMA, BIDEN, ASTRONAUT];
        for (i, photo) in photos.iter().enumerate() {
            let same = like(&[photo], &another(photo)).unwrap();
            assert!(same > 0.55, "{i}: {same}");
            for (j, other) in photos.iter().enumerate().filter(|(j, _)| *j != i) {
                let apart = like(&[other], photo).unwrap();
                assert!(apart < 0.45, "{i} and {j}: {apart}");
            }
        }
        let several = like(&photos, &another(BIDEN)).unwrap();
        assert!(several > 0.6, "the closest photo counts: {several}");
    }

    #[test]
    fn a_headshot_of_ours_is_the_person() {
        let engine = Engine::default();
        let catalogue = Catalogue::built_in().unwrap();
        let style = catalogue.find(domain::StyleKind::Headshot, "corporate").unwrap();
        let Recipe::Headshot(recipe) = &style.recipe else { panic!("a headshot style") };
        let size = AspectRatio::Portrait4x5.size(640);
        let options = HeadshotOptions { size, count: 1, background: None, seed: 1 };
        let subject = engine.prepare(OBAMA).unwrap();
        let made = encode::jpeg(&engine.headshots(&subject, recipe, &options).unwrap()[0], 92).unwrap().bytes;
        assert!(like(&[OBAMA], &made).unwrap() > 0.7);
        assert!(like(&[BIDEN], &made).unwrap() < 0.45);
    }

    #[test]
    fn where_nobody_is_nothing_is_said() {
        let nobody = encode::png(&Rgb8::filled(200, 200, [90; 3])).unwrap().bytes;
        assert_eq!(like(&[OBAMA], &nobody), None);
        assert_eq!(like(&[&nobody], OBAMA), None);
        assert_eq!(like(&[], OBAMA), None);
        assert!(Engine::default().likeness([OBAMA], b"no picture").is_err());
    }
}
