//! Turns the photo until the eyes are level and takes out head and shoulders, no larger than any picture needs.

use imaging::{Point, Rect, Resizable, Rgb8};

use super::Preparation;
use crate::error::EngineError;
use crate::warp::Similarity;

/// The most pixels that are worked on: a 2048 px headshot needs no more.
const MOST_PIXELS: f32 = 7.0e6;
/// A head held at an angle on purpose is turned no further than this, in radians.
const MOST_TURN: f32 = 0.28;
/// Below this the lean can't be seen, and turning would only cost sharpness.
const LEAST_TURN: f32 = 0.012;
/// Reach of the work picture about the head, in heights of the head: to each side, above, and below the crown.
const SIDE: f32 = 1.9;
const ABOVE: f32 = 0.6;
const BELOW: f32 = 2.9;

pub(crate) fn run(p: &mut Preparation) -> Result<(), EngineError> {
    let (face, mesh) = p.found()?;
    let turn = if face.roll.abs() < LEAST_TURN { 0.0 } else { -face.roll.clamp(-MOST_TURN, MOST_TURN) };
    let eye = face.eye_line();
    let level = Similarity::new(eye, eye, 1.0, turn);
    let head = face.moved(|q| level.apply(q), 1.0, turn).head;
    let wanted = Rect::new(
        head.centre().x - SIDE * head.height,
        head.y - ABOVE * head.height,
        2.0 * SIDE * head.height,
        (ABOVE + BELOW) * head.height,
    );
    let region = wanted.intersection(reach_of(&p.photo, &level));
    let scale = (MOST_PIXELS / region.area().max(1.0)).sqrt().min(1.0);
    let to = Point::new((eye.x - region.x) * scale, (eye.y - region.y) * scale);
    let warp = Similarity::new(eye, to, scale, turn);
    let (w, h) = ((region.width * scale).floor() as usize, (region.height * scale).floor() as usize);
    let (face, mesh) = (face.moved(|q| warp.apply(q), scale, turn), mesh.moved(&warp));
    p.work = seen_through(std::mem::replace(&mut p.photo, Rgb8::new(0, 0)), &warp, w.max(1), h.max(1));
    p.face = Some(face);
    p.mesh = Some(mesh);
    p.warp = Some(warp);
    Ok(())
}

/// The upright rectangle around the turned photo.
fn reach_of(photo: &Rgb8, level: &Similarity) -> Rect {
    let (w, h) = (photo.width() as f32, photo.height() as f32);
    let corners = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)].map(|(x, y)| level.apply(Point::new(x, y)));
    crate::landmarks::surrounding(&corners)
}

/// The photo through the transform; shrunk first where bicubic interpolation would alias.
fn seen_through(photo: Rgb8, warp: &Similarity, w: usize, h: usize) -> Rgb8 {
    if warp.scale() > 0.75 {
        return warp.warp(&photo, w, h);
    }
    let (sw, sh) = (photo.width() as f32 * warp.scale(), photo.height() as f32 * warp.scale());
    let small = photo.resized(sw.round() as usize, sh.round() as usize);
    drop(photo);
    let origin = warp.apply(Point::new(0.0, 0.0));
    Similarity::new(Point::new(0.0, 0.0), origin, 1.0, warp.angle()).warp(&small, w, h)
}
