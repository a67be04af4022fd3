//! Places in a picture, in pixels from the top left corner; a pixel's centre lies at half coordinates.

/// A place in a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Pixels from the left.
    pub x: f32,
    /// Pixels from the top.
    pub y: f32,
}

impl Point {
    /// A place from its coordinates.
    pub const fn new(x: f32, y: f32) -> Self {
        Point { x, y }
    }

    /// Half way to another place.
    pub fn midpoint(self, other: Point) -> Point {
        Point::new((self.x + other.x) / 2.0, (self.y + other.y) / 2.0)
    }

    /// Pixels to another place.
    pub fn distance(self, other: Point) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width, not negative.
    pub width: f32,
    /// Height, not negative.
    pub height: f32,
}

impl Rect {
    /// A rectangle from its left top corner and its size.
    pub const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Rect { x, y, width, height }
    }

    /// Right edge.
    pub fn right(self) -> f32 {
        self.x + self.width
    }

    /// Bottom edge.
    pub fn bottom(self) -> f32 {
        self.y + self.height
    }

    /// The middle.
    pub fn centre(self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Square pixels covered.
    pub fn area(self) -> f32 {
        self.width * self.height
    }

    /// What two rectangles share, of zero size where they do not meet.
    pub fn intersection(self, other: Rect) -> Rect {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let width = (self.right().min(other.right()) - x).max(0.0);
        let height = (self.bottom().min(other.bottom()) - y).max(0.0);
        Rect { x, y, width, height }
    }

    /// Whether two rectangles share any area.
    pub fn overlaps(self, other: Rect) -> bool {
        self.intersection(other).area() > 0.0
    }

    /// Whether a rectangle lies wholly inside this one.
    pub fn contains(self, inner: Rect) -> bool {
        inner.x >= self.x
            && inner.y >= self.y
            && inner.right() <= self.right()
            && inner.bottom() <= self.bottom()
    }

    /// The rectangle grown by `margin` on every side (shrunk when negative, down to nothing).
    pub fn grown(self, margin: f32) -> Rect {
        let width = (self.width + 2.0 * margin).max(0.0);
        let height = (self.height + 2.0 * margin).max(0.0);
        let centre = self.centre();
        Rect::new(centre.x - width / 2.0, centre.y - height / 2.0, width, height)
    }

    /// The rectangle in a picture scaled by `factor`.
    pub fn scaled(self, factor: f32) -> Rect {
        Rect::new(self.x * factor, self.y * factor, self.width * factor, self.height * factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_meet_as_expected() {
        let a = Rect::new(0.0, 0.0, 4.0, 4.0);
        assert_eq!(a.intersection(Rect::new(2.0, 3.0, 9.0, 9.0)), Rect::new(2.0, 3.0, 2.0, 1.0));
        assert!(!a.overlaps(Rect::new(4.0, 0.0, 1.0, 1.0)));
        assert!(a.contains(a.grown(-1.0)) && !a.contains(a.grown(1.0)));
    }
}
