//! The picture's edges: where a title may stand and what a player covers.

use domain::Size;
use imaging::Rect;

/// The shape of a picture, which decides whether person and title stand side by side or one above the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Clearly wider than high.
    Wide,
    /// About as wide as high.
    Square,
    /// Clearly higher than wide.
    Tall,
}

/// The picture and what must be kept free in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Pixels across.
    pub width: f32,
    /// Pixels down.
    pub height: f32,
    /// Its shape.
    pub shape: Shape,
    /// Where a title may stand.
    pub safe: Rect,
    /// Where players put the duration; nothing of a title may reach in.
    pub badge: Rect,
}

impl Frame {
    /// Margins are those that players need: in wide and square pictures the duration at the bottom right, in tall ones the
    /// bottom fifth (channel and caption), a rail of buttons at the right and a bar at the top.
    pub(super) fn new(size: Size) -> Frame {
        let (width, height) = (size.width as f32, size.height as f32);
        let shape = match width / height {
            ratio if ratio >= 1.25 => Shape::Wide,
            ratio if ratio > 0.8 => Shape::Square,
            _ => Shape::Tall,
        };
        let margin = 0.045 * width.min(height);
        let (safe, badge) = match shape {
            Shape::Wide | Shape::Square => (
                Rect::new(margin, margin, width - 2.0 * margin, height - 2.0 * margin),
                Rect::new(width * 0.88, height * 0.86, width * 0.12, height * 0.14),
            ),
            Shape::Tall => (
                Rect::new(width * 0.06, height * 0.07, width * 0.80, height * 0.73),
                Rect::new(0.0, height * 0.8, width, height * 0.2),
            ),
        };
        Frame { width, height, shape, safe, badge }
    }

    /// The largest parts of `area` that are inside the safe area and keep off the badge: one above it, one beside it and
    /// one that is even on both sides.
    pub(super) fn free(&self, area: Rect) -> Vec<Rect> {
        let area = area.intersection(self.safe);
        if !area.overlaps(self.badge) {
            return vec![area];
        }
        let above = Rect::new(area.x, area.y, area.width, self.badge.y - area.y);
        let beside = Rect::new(area.x, area.y, self.badge.x - area.x, area.height);
        let both = (self.width - self.badge.x).max(area.x);
        let even = Rect::new(both, area.y, self.badge.x - both, area.height);
        [above, even, beside].into_iter().filter(|r| r.width > 0.0 && r.height > 0.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_keeps_off_the_badge() {
        for (w, h) in [(1280, 720), (1080, 1080), (1080, 1920), (640, 360), (301, 299), (4000, 500)] {
            let frame = Frame::new(Size::new(w, h));
            let whole = Rect::new(0.0, 0.0, w as f32, h as f32);
            for free in frame.free(whole) {
                assert!(frame.safe.grown(0.01).contains(free), "{free:?}");
                assert!(free.intersection(frame.badge).area() < 0.5, "{free:?}");
                assert!(free.area() > 0.4 * whole.area());
            }
        }
    }
}
