//! Where faces are: BlazeFace, decoded as MediaPipe does.
//!
//! Boxes come relative to fixed anchors on a grid
//! ([Bazarevsky et al. 2019](https://arxiv.org/abs/1907.05047)); of overlapping ones the surest is kept.

use imaging::{Point, Rect, Resizable, Rgb8};

use crate::error::EngineError;
use crate::models::{Detections, Models};

/// Below this the detector itself is not sure. The landmark model has the last word.
const SURE: f32 = 0.5;
/// Boxes that share more than this (intersection over union) are one face.
const SAME: f32 = 0.3;

/// A place where a face probably is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// From the eyebrows to the chin.
    pub(crate) bounds: Rect,
    /// Middle of the eye at the left of the picture.
    pub(crate) left_eye: Point,
    /// Middle of the eye at the right of the picture.
    pub(crate) right_eye: Point,
    /// How sure the detector is, 0 to 1.
    pub(crate) score: f32,
}

/// Probable faces, surest first. The whole picture is looked at; when nothing is found there, its parts.
pub(crate) fn find(models: &Models, photo: &Rgb8) -> Result<Vec<Candidate>, EngineError> {
    let (w, h) = (photo.width(), photo.height());
    let scale = (640.0 / w.max(h) as f32).min(1.0);
    let small = photo.resized((w as f32 * scale).round() as usize, (h as f32 * scale).round() as usize);
    let mut found = find_in(models, &small, 0, 0, small.width(), small.height())?;
    if found.is_empty() {
        for (x, y, w, h) in parts(small.width(), small.height()) {
            found.extend(find_in(models, &small, x, y, w, h)?);
        }
    }
    let mut faces = suppress(found);
    for face in &mut faces {
        face.bounds = face.bounds.scaled(1.0 / scale);
        for eye in [&mut face.left_eye, &mut face.right_eye] {
            *eye = Point::new(eye.x / scale, eye.y / scale);
        }
    }
    Ok(faces)
}

/// Overlapping parts that cover the picture: a face in the middle of it lies wholly in one of them.
fn parts(w: usize, h: usize) -> impl Iterator<Item = (usize, usize, usize, usize)> {
    let side = w.max(h) * 11 / 20;
    let starts = move |length: usize| {
        let last = length.saturating_sub(side);
        [0, last / 2, last]
    };
    starts(h)
        .into_iter()
        .flat_map(move |y| starts(w).into_iter().map(move |x| (x, y, side.min(w), side.min(h))))
}

fn find_in(
    models: &Models,
    photo: &Rgb8,
    x: usize,
    y: usize,
    w: usize,
    h: usize,
) -> Result<Vec<Candidate>, EngineError> {
    let part = photo.crop(x, y, w, h);
    let side = part.width().max(part.height());
    let mut square = Rgb8::new(side, side);
    for row in 0..part.height() {
        square.row_mut(row)[..part.width()].copy_from_slice(part.row(row));
    }
    let mut found = decode(&models.faces_near(&square)?, &near_anchors(), 128.0, side as f32);
    found.extend(decode(&models.faces_far(&square)?, &far_anchors(), 192.0, side as f32));
    for face in &mut found {
        face.bounds.x += x as f32;
        face.bounds.y += y as f32;
        for eye in [&mut face.left_eye, &mut face.right_eye] {
            *eye = Point::new(eye.x + x as f32, eye.y + y as f32);
        }
    }
    Ok(found)
}

/// Anchor centres of the near model: two a cell of a 16 × 16 grid, then six a cell of 8 × 8.
fn near_anchors() -> Vec<Point> {
    let mut anchors = grid(16, 2);
    anchors.extend(grid(8, 6));
    anchors
}

/// Anchor centres of the far model: one a cell of a 48 × 48 grid.
fn far_anchors() -> Vec<Point> {
    grid(48, 1)
}

fn grid(cells: usize, each: usize) -> Vec<Point> {
    let place = |i: usize| (i as f32 + 0.5) / cells as f32;
    (0..cells * cells)
        .flat_map(|i| std::iter::repeat_n(Point::new(place(i % cells), place(i / cells)), each))
        .collect()
}

fn decode(raw: &Detections, anchors: &[Point], input: f32, side: f32) -> Vec<Candidate> {
    let mut found = Vec::new();
    for ((anchor, logit), numbers) in anchors.iter().zip(&raw.logits).zip(raw.boxes.as_chunks::<16>().0) {
        let score = sigmoid(*logit);
        if score < SURE {
            continue;
        }
        let place = |i: usize| {
            Point::new((numbers[i] / input + anchor.x) * side, (numbers[i + 1] / input + anchor.y) * side)
        };
        let (centre, w, h) = (place(0), numbers[2] / input * side, numbers[3] / input * side);
        found.push(Candidate {
            bounds: Rect::new(centre.x - w / 2.0, centre.y - h / 2.0, w, h),
            left_eye: place(4),
            right_eye: place(6),
            score,
        });
    }
    found
}

/// The logistic function.
pub(crate) fn sigmoid(v: f32) -> f32 {
    1.0 / (1.0 + (-v).exp())
}

fn suppress(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Candidate> = Vec::new();
    for face in found {
        let same = |other: &Candidate| {
            let shared = other.bounds.intersection(face.bounds).area();
            shared > SAME * (other.bounds.area() + face.bounds.area() - shared)
        };
        if !kept.iter().any(same) {
            kept.push(face);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_an_anchor_for_every_output() {
        assert_eq!((near_anchors().len(), far_anchors().len()), (896, 2304));
        assert_eq!(near_anchors()[0], Point::new(1.0 / 32.0, 1.0 / 32.0));
    }

    #[test]
    fn the_surest_of_overlapping_boxes_is_kept() {
        let face = |x, score| Candidate {
            bounds: Rect::new(x, 0.0, 10.0, 10.0),
            left_eye: Point::default(),
            right_eye: Point::default(),
            score,
        };
        let kept = suppress(vec![face(0.0, 0.6), face(1.0, 0.9), face(40.0, 0.7)]);
        assert_eq!(kept.iter().map(|f| f.score).collect::<Vec<_>>(), [0.9, 0.7]);
    }

    #[test]
    fn the_parts_cover_the_picture() {
        for (w, h) in [(640, 300), (200, 640), (640, 640), (3, 2)] {
            let mut covered = vec![false; w * h];
            for (x, y, pw, ph) in parts(w, h) {
                for row in y..y + ph {
                    covered[row * w + x..row * w + x + pw].fill(true);
                }
            }
            assert!(covered.into_iter().all(|c| c), "{w}×{h}");
        }
    }
}
