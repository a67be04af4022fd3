//! Where a face is and how it is turned. Lives in memory only, while one photo is worked on.

use imaging::{Point, Rect};

/// A face in a picture, in that picture's pixels. Left and right are the picture's, not the person's.
#[derive(Clone, Debug, PartialEq)]
pub struct Face {
    /// From the hair line to the chin, from ear to ear.
    pub bounds: Rect,
    /// From the top of the hair to the chin: larger than `bounds`. Nothing may cover it.
    pub head: Rect,
    /// Middle of the eye at the left of the picture.
    pub left_eye: Point,
    /// Middle of the eye at the right of the picture.
    pub right_eye: Point,
    /// Tip of the nose.
    pub nose: Point,
    /// Middle of the mouth.
    pub mouth: Point,
    /// Lowest point of the chin.
    pub chin: Point,
    /// How far the head leans to a side, in radians; positive when the right eye is lower.
    pub roll: f32,
    /// How far it is turned, in radians; positive toward the picture's right.
    pub yaw: f32,
    /// How far it is tilted, in radians; positive upward.
    pub pitch: f32,
}

impl Face {
    /// Pixels between the middles of the eyes.
    pub fn eye_distance(&self) -> f32 {
        self.left_eye.distance(self.right_eye)
    }

    /// Half way between the eyes.
    pub fn eye_line(&self) -> Point {
        self.left_eye.midpoint(self.right_eye)
    }

    /// The face in the same picture turned, scaled and moved: `place` says where each point goes.
    /// Rectangles keep their middle and are scaled by `scale`; `turned` radians are added to the roll.
    pub fn moved(&self, place: impl Fn(Point) -> Point, scale: f32, turned: f32) -> Face {
        let rect = |r: Rect| {
            let c = place(r.centre());
            let (w, h) = (r.width * scale, r.height * scale);
            Rect::new(c.x - w / 2.0, c.y - h / 2.0, w, h)
        };
        Face {
            bounds: rect(self.bounds),
            head: rect(self.head),
            left_eye: place(self.left_eye),
            right_eye: place(self.right_eye),
            nose: place(self.nose),
            mouth: place(self.mouth),
            chin: place(self.chin),
            roll: self.roll + turned,
            ..*self
        }
    }
}
