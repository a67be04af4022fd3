//! Finds where the photo's border cuts the person and makes these cuts straight: after turning they lie at a slant, and a
//! straight cut is easy to hide at the edge of a picture. It also measures the head, hair and all.

use imaging::{Point, Rect, Rgba8};

use super::Preparation;
use crate::error::EngineError;
use crate::face::Face;
use crate::subject::Edges;
use crate::warp::Similarity;

/// Alpha from which a pixel counts as the person.
const THERE: u8 = 100;
/// Pixels within which a person who reaches the border is cut by it.
const NEAR: usize = 3;

pub(crate) fn run(p: &mut Preparation) -> Result<(), EngineError> {
    let (w, h) = (p.cutout.width(), p.cutout.height());
    let shown = Shown::of(w, h, p.warp.as_ref(), p.photo_size);
    let bottom = bottom_cut(&p.cutout, &shown);
    let (left, right) = side_cuts(&p.cutout, &shown, bottom);
    let top = top_cut(&p.cutout, &shown, left, right);
    let warp = Similarity::new(Point::new(left as f32, top as f32), Point::default(), 1.0, 0.0);
    p.cutout = p.cutout.crop(left, top, right - left, bottom - top);
    let (face, mesh) = p.found()?;
    let (mut face, mesh) = (face.moved(|q| warp.apply(q), 1.0, 0.0), mesh.moved(&warp));
    measure_head(&p.cutout, &mut face);
    p.face = Some(face);
    p.mesh = Some(mesh);
    p.cut = touching(&p.cutout);
    Ok(())
}

/// Which part of each row and column the photo shows.
struct Shown {
    rows: Vec<(usize, usize)>,
    columns: Vec<(usize, usize)>,
}

impl Shown {
    fn of(w: usize, h: usize, warp: Option<&Similarity>, photo: (f32, f32)) -> Shown {
        let inside = |x: usize, y: usize| {
            let q = Point::new(x as f32 + 0.5, y as f32 + 0.5);
            let q = warp.map_or(q, |warp| warp.invert(q));
            q.x >= 0.0 && q.y >= 0.0 && q.x <= photo.0 && q.y <= photo.1
        };
        let span = |length: usize, inside: &dyn Fn(usize) -> bool| {
            let first = (0..length).find(|i| inside(*i)).unwrap_or(length);
            let last = (0..length).rev().find(|i| inside(*i)).map_or(first, |i| i + 1);
            (first, last)
        };
        Shown {
            rows: (0..h).map(|y| span(w, &|x| inside(x, y))).collect(),
            columns: (0..w).map(|x| span(h, &|y| inside(x, y))).collect(),
        }
    }
}

fn there(cutout: &Rgba8, x: usize, y: usize) -> bool {
    cutout.get(x, y)[3] >= THERE
}

/// The row at which the picture ends: the highest place where the border cuts the body from below.
fn bottom_cut(cutout: &Rgba8, shown: &Shown) -> usize {
    let mut bottom = cutout.height();
    for (x, (first, last)) in shown.columns.iter().enumerate() {
        if last.saturating_sub(*first) > NEAR && there(cutout, x, last - 1 - NEAR.min(last - 1)) {
            // The corner of a turned photo belongs to its side, not to its bottom.
            let in_corner = shown.rows[last - 1 - NEAR.min(last - 1)];
            if x > in_corner.0 + NEAR && x + NEAR < in_corner.1 {
                bottom = bottom.min(*last);
            }
        }
    }
    bottom.max(1)
}

/// First and last column that stay: a slanted side that cuts the person is cut straight.
fn side_cuts(cutout: &Rgba8, shown: &Shown, bottom: usize) -> (usize, usize) {
    let (mut left, mut right) = (0, cutout.width());
    for (y, (first, last)) in shown.rows.iter().enumerate().take(bottom) {
        if last.saturating_sub(*first) <= 2 * NEAR {
            continue;
        }
        if there(cutout, first + NEAR, y) {
            left = left.max(*first);
        }
        if there(cutout, last - 1 - NEAR, y) {
            right = right.min(*last);
        }
    }
    if left + 16 < right { (left, right) } else { (0, cutout.width()) }
}

fn top_cut(cutout: &Rgba8, shown: &Shown, left: usize, right: usize) -> usize {
    let cut = (left..right).filter_map(|x| {
        let (first, last) = shown.columns[x];
        (last > first + NEAR && there(cutout, x, first + NEAR)).then_some(first)
    });
    // Only a head is cut from above; an arm at the side belongs to the side.
    let third = (right - left) / 3;
    let head = cut.enumerate().filter(|(i, _)| (third / 2..right - left).contains(i)).map(|(_, y)| y).max();
    head.filter(|y| *y < cutout.height() / 4).unwrap_or(0)
}

fn touching(cutout: &Rgba8) -> Edges {
    let (w, h) = (cutout.width(), cutout.height());
    let near = NEAR.min(w - 1).min(h - 1);
    Edges {
        left: (0..h).any(|y| there(cutout, near, y)),
        right: (0..h).any(|y| there(cutout, w - 1 - near, y)),
        top: (0..w).any(|x| there(cutout, x, near)),
        bottom: (0..w).any(|x| there(cutout, x, h - 1 - near)),
    }
}

/// The head from the top of the hair to the chin, from side to side, by what was cut out around the face.
fn measure_head(cutout: &Rgba8, face: &mut Face) {
    let b = face.bounds;
    let within = |v: f32, most: usize| (v.max(0.0) as usize).min(most.saturating_sub(1));
    let (w, h) = (cutout.width(), cutout.height());
    let (x0, x1) = (within(b.x + 0.2 * b.width, w), within(b.right() - 0.2 * b.width, w));
    let (low, high) = (within(b.y - 0.75 * b.height, h), within(b.y + 0.1 * b.height, h));
    // The highest row with a real amount of hair, not one stray strand.
    let enough = ((x1.saturating_sub(x0)) / 4).max(2);
    let crown = (low..=high).find(|y| (x0..=x1).filter(|x| there(cutout, *x, *y)).count() >= enough);
    let top = crown.map_or(face.head.y, |y| y as f32).min(b.y);
    let (mut left, mut right) = (b.x, b.right());
    let reach = 0.35 * b.width;
    for y in within(top, h)..within(b.y + 0.6 * b.height, h) {
        let mut x = within(b.centre().x, w);
        while x > 0 && x as f32 > b.x - reach && there(cutout, x, y) {
            x -= 1;
        }
        left = left.min(x as f32);
        let mut x = within(b.centre().x, w);
        while x + 1 < w && (x as f32) < b.right() + reach && there(cutout, x, y) {
            x += 1;
        }
        right = right.max(x as f32);
    }
    let bottom = b.bottom().max(face.chin.y);
    face.head = Rect::new(left, top, right - left, bottom - top);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(w: usize, h: usize, inside: impl Fn(usize, usize) -> bool) -> Rgba8 {
        Rgba8::from_fn(w, h, |x, y| [9, 9, 9, if inside(x, y) { 255 } else { 0 }])
    }

    #[test]
    fn an_arm_cut_by_a_slanted_side_is_cut_straight() {
        // The photo is turned, so its right side runs from (90, 0) to (70, 100).
        let edge = |y: usize| 90 - y / 5;
        let cutout = person(100, 100, |x, y| y > 50 && (30..edge(y)).contains(&x));
        let shown = Shown {
            rows: (0..100).map(|y| (0, edge(y))).collect(),
            columns: (0..100)
                .map(|x| (0, if x < 70 { 100 } else { (90usize.saturating_sub(x)) * 5 }))
                .collect(),
        };
        let (left, right) = side_cuts(&cutout, &shown, 100);
        assert_eq!(left, 0);
        assert_eq!(right, edge(99));
    }

    #[test]
    fn edges_are_where_the_person_touches() {
        let cutout = person(60, 80, |x, y| y > 30 && x > 20);
        assert_eq!(touching(&cutout), Edges { left: false, top: false, right: true, bottom: true });
    }
}
