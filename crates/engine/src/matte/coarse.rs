//! A rough mask of the person, from two models that are wrong in different ways.
//!
//! One knows what a person is and sees edges badly; the other sees edges and takes anything that stands out. So the first
//! says where, the second how far. They are not averaged: that bleeds the background into the body.

use imaging::{Plane, Rect, Resizable, Rgb8};

use crate::blur::box_blur;
use crate::error::EngineError;
use crate::models::Models;

/// Sides of what the two models see.
const PERSON: usize = 256;
const SALIENT: usize = 320;
/// Side of the close look, in heights of the head: most headshots show no more.
const CLOSE: f32 = 2.1;
/// Longer side of the mask that is returned.
const RESULT: f32 = 640.0;
/// How far into the close look at the head the wide look fades out, as a share of its side.
const FADE: f32 = 0.12;

/// A mask of the person in a picture of head and shoulders, 0 to 1, 640 pixels long or as long as `work`.
///
/// The finer model takes half a second and is shown head and shoulders alone, where hair and ears are. Further down, cloth
/// has plain edges that the photo itself makes exact.
pub(crate) fn mask(models: &Models, work: &Rgb8, head: Rect) -> Result<Plane, EngineError> {
    let scale = (RESULT / work.width().max(work.height()) as f32).min(1.0);
    let (w, h) = ((work.width() as f32 * scale) as usize, (work.height() as f32 * scale) as usize);
    let person = plane(models.person(work)?, PERSON).resized(w, h);
    let side = head.height * CLOSE;
    let close = Rect::new(head.centre().x - side / 2.0, head.y - 0.3 * head.height, side, side)
        .intersection(Rect::new(0.0, 0.0, work.width() as f32, work.height() as f32));
    let part = work.crop(close.x as usize, close.y as usize, close.width as usize, close.height as usize);
    let place = close.scaled(scale);
    let (cw, ch) = ((place.width as usize).max(1), (place.height as usize).max(1));
    let part = plane(models.salient(&part)?, SALIENT).resized(cw, ch);
    let mut edges = person.clone();
    lay_over(&mut edges, &part, place.x as usize, place.y as usize);
    Ok(combine(&person, &edges, head.height * scale))
}

/// Puts `part` at `x`, `y`, fading at its sides save where they are the whole's own.
fn lay_over(whole: &mut Plane, part: &Plane, x: usize, y: usize) {
    let (w, h) = (part.width().min(whole.width() - x), part.height().min(whole.height() - y));
    let fade = FADE * part.width() as f32;
    let weight = |place: usize, length: usize, at_start: bool, at_end: bool| {
        let before = if at_start { 1.0 } else { smoothstep(0.0, fade, place as f32) };
        let after = if at_end { 1.0 } else { smoothstep(0.0, fade, (length - 1 - place) as f32) };
        before * after
    };
    let (at_right, at_bottom) = (x + w + 2 >= whole.width(), y + h + 2 >= whole.height());
    for j in 0..h {
        let down = weight(j, h, y < 2, at_bottom);
        for i in 0..w {
            let share = down * weight(i, w, x < 2, at_right);
            let [old] = whole.get(x + i, y + j);
            whole.set(x + i, y + j, [old + share * (part.get(i, j)[0] - old)]);
        }
    }
}

fn plane(values: Vec<f32>, side: usize) -> Plane {
    Plane::from_vec(side, side, values).unwrap_or_else(|| Plane::new(side, side))
}

/// What stands out, where a person is or may be by the height of a head.
fn combine(person: &Plane, salient: &Plane, head: f32) -> Plane {
    let near = box_blur(&threshold(person, 0.35), (head * 0.16) as usize);
    let inside = box_blur(&threshold(person, 0.8), (head * 0.09) as usize);
    let mut mask = salient.clone();
    for ((m, near), inside) in mask.data_mut().iter_mut().zip(near.data()).zip(inside.data()) {
        let allowed = smoothstep(0.02, 0.2, *near);
        let certain = smoothstep(0.93, 0.999, *inside);
        *m = (m.clamp(0.0, 1.0) * allowed).max(certain);
    }
    mask
}

fn threshold(mask: &Plane, at: f32) -> Plane {
    mask.map(|[v]| [if v > at { 1.0 } else { 0.0 }])
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(crate) fn smoothstep(low: f32, high: f32, v: f32) -> f32 {
    let t = ((v - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_out_far_from_the_person_is_left_out() {
        let person = Plane::from_fn(100, 100, |x, _| [if (30..60).contains(&x) { 1.0 } else { 0.0 }]);
        let salient =
            Plane::from_fn(100, 100, |x, _| [if (28..40).contains(&x) || x > 90 { 1.0 } else { 0.0 }]);
        let mask = combine(&person, &salient, 50.0);
        assert!(mask.get(95, 50)[0] < 0.01, "a thing in the background");
        assert!(mask.get(29, 50)[0] > 0.9, "hair beside the person");
        assert!(mask.get(47, 50)[0] > 0.9, "a hole in the body");
    }

    #[test]
    fn the_close_look_fades_into_the_wide_one() {
        let mut whole = Plane::new(100, 100);
        lay_over(&mut whole, &Plane::filled(50, 50, [1.0]), 20, 0);
        assert_eq!(whole.get(45, 0)[0], 1.0, "no fade at the picture's own edge");
        assert!(whole.get(20, 25)[0] < 0.1 && whole.get(45, 49)[0] < 0.1);
        assert_eq!(whole.get(10, 10)[0], 0.0);
    }
}
