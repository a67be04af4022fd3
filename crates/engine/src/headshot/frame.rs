//! Chooses what is shown, by the rules of portrait photography: the eye line a little above the middle, some room above
//! the hair, the head a set share of the picture. Where the photo's border cut the person, a tighter crop hides the cut:
//! no shoulder floats in the air.

use domain::style::headshot::Frame;
use imaging::{Point, Rect, Rgba8};

use super::Shot;
use crate::error::EngineError;
use crate::subject::{Cutout, Edges};
use crate::warp::Similarity;

/// How a frame stands about the head, as shares of the picture's height.
#[derive(Clone, Copy, Debug)]
struct Rule {
    /// Crown to chin.
    head: f32,
    /// Top of the picture to the eyes.
    eyes: f32,
    /// Least room above the hair.
    room: f32,
}

pub(crate) fn run(shot: &mut Shot) -> Result<(), EngineError> {
    let aspect = shot.size.ratio();
    // Several pictures of one style differ by how close the camera stood.
    let closer = [1.0, 0.88, 1.12, 0.95][shot.variant as usize % 4];
    shot.crop = choose(&shot.subject.cutout, rule(shot.recipe.frame, aspect, closer), aspect);
    let scale = shot.size.width as f32 / shot.crop.width;
    let warp = Similarity::new(Point::new(shot.crop.x, shot.crop.y), Point::default(), scale, 0.0);
    shot.face = shot.subject.cutout.face.moved(|q| warp.apply(q), scale, 0.0);
    shot.mesh = shot.subject.mesh.moved(&warp);
    Ok(())
}

fn rule(frame: Frame, aspect: f32, closer: f32) -> Rule {
    let (head, eyes) = match frame {
        Frame::Close => (0.60, 0.43),
        Frame::HeadAndShoulders => (0.47, 0.40),
        Frame::Chest => (0.36, 0.36),
    };
    // A wide picture stands closer, a tall one farther off: the head keeps a similar share of the whole.
    let by_shape = if aspect > 1.0 { aspect.powf(0.3) } else { (aspect / 0.8).powf(0.55) };
    let head = (head * by_shape * closer).clamp(0.2, 0.74);
    Rule { head, eyes, room: if head > 0.6 { 0.03 } else { 0.06 } }
}

/// The crop nearest to the rule that shows no cut. Closeness is tried first, then a little shift.
fn choose(cutout: &Cutout, rule: Rule, aspect: f32) -> Rect {
    let limits = Limits::of(cutout);
    let mut best = (f32::MAX, placed(cutout, rule, aspect, 0.0));
    for zoom in 0..=24 {
        let head = rule.head * (1.0 + zoom as f32 * 0.05);
        if head > 0.86 {
            break;
        }
        for lift in [0.0, 0.02, -0.02, 0.04, 0.06, 0.08] {
            for side in [0.0, 0.04, -0.04, 0.08, -0.08] {
                let at = Rule { head, eyes: rule.eyes + lift, ..rule };
                let crop = placed(cutout, at, aspect, side);
                let cost =
                    zoom as f32 * 0.05 + 2.0 * lift.abs() + 1.5 * side.abs() + limits.shown(crop) * 50.0;
                if cost < best.0 {
                    best = (cost, crop);
                }
            }
        }
    }
    limits.kept_inside(best.1, cutout)
}

/// The frame that a rule gives, moved to a side by a share of its width.
fn placed(cutout: &Cutout, rule: Rule, aspect: f32, side: f32) -> Rect {
    let face = &cutout.face;
    let height = face.head.height / rule.head;
    let width = height * aspect;
    let eye = face.eye_line();
    let top = (eye.y - rule.eyes * height).min(face.head.y - rule.room * height);
    // A turned head looks into the picture: a little more room on that side.
    let lead = 0.05 * (face.yaw / 0.6).clamp(-1.0, 1.0) * width;
    let middle = face.head.centre().x + lead + side * width;
    Rect::new(middle - width / 2.0, top, width, height)
}

/// Where the cuts lie, in pixels of the cut-out.
struct Limits {
    width: f32,
    height: f32,
    cut: Edges,
    /// The highest row in which the person touches the left and the right border.
    left_from: f32,
    right_from: f32,
}

impl Limits {
    fn of(cutout: &Cutout) -> Limits {
        let (w, h) = (cutout.pixels.width(), cutout.pixels.height());
        let first = |x: usize| touching_from(&cutout.pixels, x).unwrap_or(h) as f32;
        Limits {
            width: w as f32,
            height: h as f32,
            cut: cutout.cut,
            left_from: first(3.min(w - 1)),
            right_from: first(w.saturating_sub(4)),
        }
    }

    /// How much of a cut a crop would show, as shares of the crop.
    fn shown(&self, crop: Rect) -> f32 {
        let mut shown = 0.0;
        if self.cut.bottom {
            shown += ((crop.bottom() - self.height) / crop.height).max(0.0);
        }
        if self.cut.top {
            shown += (-crop.y / crop.height).max(0.0);
        }
        if self.cut.left && crop.x < 0.0 {
            shown += ((crop.bottom() - self.left_from) / crop.height).max(0.0).min(-crop.x / crop.width);
        }
        if self.cut.right && crop.right() > self.width {
            let over = (crop.right() - self.width) / crop.width;
            shown += ((crop.bottom() - self.right_from) / crop.height).max(0.0).min(over);
        }
        shown
    }

    /// The last resort where no frame hides every cut: moved, and at last made smaller, until none is shown.
    fn kept_inside(&self, crop: Rect, cutout: &Cutout) -> Rect {
        let mut crop = crop;
        for _ in 0..60 {
            if self.shown(crop) < 1e-4 {
                return crop;
            }
            if self.cut.bottom {
                crop.y -= (crop.bottom() - self.height).max(0.0);
            }
            if self.cut.left && self.left_from < crop.bottom() {
                crop.x = crop.x.max(0.0);
            }
            if self.cut.right && self.right_from < crop.bottom() {
                crop.x -= (crop.right() - self.width).max(0.0);
            }
            if self.cut.top {
                crop.y = crop.y.max(0.0);
            }
            if self.shown(crop) >= 1e-4 {
                let eye = cutout.face.eye_line();
                let (w, h) = (crop.width * 0.97, crop.height * 0.97);
                crop = Rect::new(eye.x - (eye.x - crop.x) * 0.97, eye.y - (eye.y - crop.y) * 0.97, w, h);
            }
        }
        crop
    }
}

fn touching_from(pixels: &Rgba8, x: usize) -> Option<usize> {
    (0..pixels.height()).find(|y| pixels.get(x, *y)[3] >= 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Face;

    fn standing(w: usize, h: usize, inside: impl Fn(usize, usize) -> bool) -> Cutout {
        let pixels = Rgba8::from_fn(w, h, |x, y| [90, 80, 70, if inside(x, y) { 255 } else { 0 }]);
        let (cx, top) = (w as f32 / 2.0, 60.0);
        let face = Face {
            bounds: Rect::new(cx - 40.0, top + 30.0, 80.0, 100.0),
            head: Rect::new(cx - 45.0, top, 90.0, 130.0),
            left_eye: Point::new(cx - 18.0, top + 65.0),
            right_eye: Point::new(cx + 18.0, top + 65.0),
            nose: Point::new(cx, top + 85.0),
            mouth: Point::new(cx, top + 105.0),
            chin: Point::new(cx, top + 130.0),
            roll: 0.0,
            yaw: 0.0,
            pitch: 0.0,
        };
        let touches = |x: usize| (0..h).any(|y| inside(x, y));
        let cut = Edges {
            left: touches(3),
            right: touches(w - 4),
            top: false,
            bottom: (0..w).any(|x| inside(x, h - 1)),
        };
        Cutout { pixels, face, cut }
    }

    #[test]
    fn a_whole_person_is_framed_by_the_rule() {
        let cutout = standing(800, 700, |x, y| y > 60 && (300..500).contains(&x));
        for (frame, aspect) in
            [(Frame::HeadAndShoulders, 0.8), (Frame::HeadAndShoulders, 1.0), (Frame::Close, 0.8)]
        {
            let rule = rule(frame, aspect, 1.0);
            let crop = choose(&cutout, rule, aspect);
            let head = cutout.face.head.height / crop.height;
            assert!((head - rule.head).abs() < 0.03, "{frame:?} {aspect}: head {head}, {rule:?}");
            let eyes = (cutout.face.eye_line().y - crop.y) / crop.height;
            assert!((0.33..0.5).contains(&eyes), "{frame:?}: eyes at {eyes}");
            assert!((crop.width / crop.height - aspect).abs() < 1e-3);
        }
    }

    #[test]
    fn no_cut_is_ever_shown() {
        let bodies: [&dyn Fn(usize, usize) -> bool; 3] = [
            &|x, y| y > 60 && (300..500).contains(&x),
            &|x, y| y > 60 && ((330..470).contains(&x) || y > 220),
            &|x, y| y > 60 && (x > 330 && (x < 470 || y > 200)),
        ];
        for (i, body) in bodies.iter().enumerate() {
            for height in [260, 320, 500] {
                let cutout = standing(800, height, body);
                for aspect in [1.0, 0.8, 0.75, 2.0 / 3.0, 1.5, 16.0 / 9.0, 9.0 / 16.0] {
                    for frame in [Frame::Close, Frame::HeadAndShoulders, Frame::Chest] {
                        let crop = choose(&cutout, rule(frame, aspect, 1.0), aspect);
                        let shown = Limits::of(&cutout).shown(crop);
                        assert!(shown < 0.01, "body {i}, {height}, {aspect}, {frame:?}: {shown}");
                    }
                }
            }
        }
    }
}
