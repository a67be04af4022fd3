//! Where things are in the picture, whatever its size.
//!
//! Places are measured from the eye line of the person in front: `u` to the right and `v` downward from the middle
//! of the picture at 40 % of its height. The unit is the height of a 4:5 portrait, so that a head is about a third of
//! a unit tall in every aspect ratio. A scene is painted once at a fixed number of pixels a unit and enlarged
//! afterwards: it is out of focus anyhow, and it is the same scene at every size.

/// Where the eye line lies, from the top.
const EYE_LINE: f32 = 0.4;
/// What is painted around the picture, in units, so that blurring finds something beyond the edge.
const MARGIN: f32 = 0.04;

/// The pixels that a scene is painted in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct View {
    /// Pixels across, with margins.
    pub(super) width: usize,
    /// Pixels down, with margins.
    pub(super) height: usize,
    /// Pixels a unit.
    pub(super) scale: f32,
    /// Pixels of the scene for one of the finished picture.
    pub(super) per_pixel: f32,
    /// Pixels around the picture at each side.
    pub(super) margin: f32,
    origin: [f32; 2],
    mirrored: bool,
}

impl View {
    /// The view for a finished picture of `width` × `height`, painted at `scale` pixels a unit. `light` above zero
    /// mirrors it: scenes are written with their light at the left.
    pub(super) fn new(width: usize, height: usize, scale: f32, light: f32) -> Self {
        let (w, h) = (width.max(1) as f32, height.max(1) as f32);
        let per_pixel = scale / h.min(1.25 * w);
        let margin = (MARGIN * scale).ceil();
        View {
            width: (w * per_pixel + 2.0 * margin).ceil() as usize,
            height: (h * per_pixel + 2.0 * margin).ceil() as usize,
            scale,
            per_pixel,
            margin,
            origin: [margin + 0.5 * w * per_pixel, margin + EYE_LINE * h * per_pixel],
            mirrored: light > 0.0,
        }
    }

    /// The same view with a pixel for every `step` × `step` ones.
    pub(super) fn coarser(self, step: usize) -> View {
        View {
            width: self.width.div_ceil(step),
            height: self.height.div_ceil(step),
            scale: self.scale / step as f32,
            per_pixel: self.per_pixel / step as f32,
            margin: self.margin / step as f32,
            origin: self.origin.map(|v| v / step as f32),
            ..self
        }
    }

    /// The place of a pixel's middle.
    pub(super) fn place(&self, x: usize, y: usize) -> (f32, f32) {
        let u = (x as f32 + 0.5 - self.origin[0]) / self.scale;
        let v = (y as f32 + 0.5 - self.origin[1]) / self.scale;
        (if self.mirrored { -u } else { u }, v)
    }

    /// The pixel coordinates of a place.
    pub(super) fn pixel(&self, u: f32, v: f32) -> (f32, f32) {
        let u = if self.mirrored { -u } else { u };
        (u * self.scale + self.origin[0], v * self.scale + self.origin[1])
    }

    /// The picture's right edge; the left one is as far.
    pub(super) fn half_width(&self) -> f32 {
        (self.origin[0] - self.margin) / self.scale
    }

    /// The picture's upper and lower edge.
    pub(super) fn vertical(&self) -> (f32, f32) {
        let top = (self.margin - self.origin[1]) / self.scale;
        (top, top * (EYE_LINE - 1.0) / EYE_LINE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_same_at_every_size() {
        let (small, large) = (View::new(512, 640, 480.0, 0.0), View::new(1638, 2048, 480.0, 0.0));
        let (a, b) = (small.place(7, 400), large.place(7, 400));
        assert!((a.0 - b.0).abs() < 2e-3 && (a.1 - b.1).abs() < 2e-3, "{a:?} {b:?}");
        assert!((small.half_width() - 0.4).abs() < 1e-3);
        assert!((small.vertical().0 + 0.4).abs() < 1e-3 && (small.vertical().1 - 0.6).abs() < 1e-3);
    }

    #[test]
    fn pixels_and_places_are_each_others_inverse_in_a_mirror_too() {
        for light in [-1.0, 1.0] {
            let view = View::new(900, 1600, 480.0, light);
            let (u, v) = view.place(31, 77);
            let (x, y) = view.pixel(u, v);
            assert!((x - 31.5).abs() < 1e-2 && (y - 77.5).abs() < 1e-2);
        }
    }
}
