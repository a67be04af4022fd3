//! The lens: 85 mm at f/1.8 on a sensor of 24 × 36 mm, held upright, focused on a person 1.9 m away.
//!
//! From these figures follow how much of a room is seen, how large a thing appears and how far out of focus it is, so
//! that a wall two metres behind the person is soft and a city behind that has dissolved into discs.

use super::colour::{Light, times};
use super::layer::Layer;

/// What is seen from top to bottom at one metre: 36 mm / 85 mm.
pub(super) const FIELD: f32 = 0.4235;
/// Where it is focused, in metres.
const FOCUS: f32 = 1.9;

/// The radius, in units of the view, of the disc that a point at a distance in metres becomes:
/// half of A · f / (s − f) · |d − s| / d, over 36 mm, with the aperture's diameter A = 85 mm / 1.8.
pub(super) fn blur_at(distance: f32) -> f32 {
    let (focal, aperture) = (0.085, 0.085 / 1.8);
    let disc = aperture * focal / (FOCUS - focal) * (distance - FOCUS).abs() / distance;
    0.5 * disc / 0.036
}

/// The radius for what is very far.
pub(super) fn blur_at_infinity() -> f32 {
    blur_at(1e4)
}

/// A camera at eye level. World places are in metres: X to the right, Y upward from the eyes, Z away.
#[derive(Clone, Copy)]
pub(super) struct Camera {
    /// How far it stands to the right.
    pub(super) x: f32,
    /// How far it is turned to the right, in units of the view.
    pub(super) pan: f32,
    /// How far it is tilted upward, in units of the view: the horizon sinks by as much.
    pub(super) tilt: f32,
}

impl Camera {
    /// Where a place in the world appears.
    pub(super) fn see(&self, x: f32, y: f32, z: f32) -> (f32, f32) {
        ((x - self.x) / (FIELD * z) - self.pan, self.tilt - y / (FIELD * z))
    }

    /// The place (X, Y) on an upright plane `z` metres away that is seen through a place of the view.
    pub(super) fn see_on(&self, u: f32, v: f32, z: f32) -> (f32, f32) {
        let (dx, dy) = self.ray(u, v);
        (self.x + dx * z, dy * z)
    }

    /// The direction of sight through a place of the view: metres right and up for each metre away.
    pub(super) fn ray(&self, u: f32, v: f32) -> (f32, f32) {
        ((u + self.pan) * FIELD, (self.tilt - v) * FIELD)
    }
}

/// A wall of a room that a ray meets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// At the left.
    Left,
    /// At the right.
    Right,
    /// Underfoot.
    Floor,
    /// Overhead.
    Ceiling,
    /// Facing the camera.
    Back,
}

/// An empty room around the camera, in metres.
#[derive(Clone, Copy)]
pub(super) struct Room {
    /// X of the left wall.
    pub(super) left: f32,
    /// X of the right wall.
    pub(super) right: f32,
    /// Y of the ceiling.
    pub(super) ceiling: f32,
    /// Z of the wall that faces the camera.
    pub(super) back: f32,
}

/// Y of the floor: eyes are 1.55 m above it.
pub(super) const FLOOR: f32 = -1.55;

impl Room {
    /// The side of the room that is seen through a place of the view, and where it is met.
    pub(super) fn meet(&self, camera: &Camera, u: f32, v: f32) -> (Side, [f32; 3]) {
        let (dx, dy) = camera.ray(u, v);
        let (mut z, mut side) = (self.back, Side::Back);
        let mut nearer = |at: f32, which: Side| {
            if at > 0.0 && at < z {
                (z, side) = (at, which);
            }
        };
        nearer((self.left - camera.x) / dx.min(-1e-6), Side::Left);
        nearer((self.right - camera.x) / dx.max(1e-6), Side::Right);
        nearer(FLOOR / dy.min(-1e-6), Side::Floor);
        nearer(self.ceiling / dy.max(1e-6), Side::Ceiling);
        (side, [camera.x + dx * z, dy * z, z])
    }
}

impl Layer {
    /// Adds a small bright light out of focus: a disc of even light with a slightly brighter rim, cut to the shape of
    /// a cat's eye toward the corners, where the lens barrel hides part of the opening.
    pub(super) fn bokeh(&mut self, u: f32, v: f32, radius: f32, colour: Light) {
        let view = self.view;
        let (cx, cy) = view.pixel(u, v);
        let r = (radius * view.scale).max(0.75);
        let (mx, my) = view.pixel(0.0, 0.1);
        // The second opening, seen displaced toward the middle of the picture.
        let (ox, oy) = ((mx - cx) / view.scale * 0.55 * r, (my - cy) / view.scale * 0.55 * r);
        let (x0, x1) =
            ((cx - r - 1.0).max(0.0) as usize, (cx + r + 2.0).clamp(0.0, view.width as f32) as usize);
        let (y0, y1) =
            ((cy - r - 1.0).max(0.0) as usize, (cy + r + 2.0).clamp(0.0, view.height as f32) as usize);
        for y in y0..y1 {
            for x in x0..x1 {
                let (dx, dy) = (x as f32 + 0.5 - cx, y as f32 + 0.5 - cy);
                let d = dx.hypot(dy);
                let inside = (r - d + 0.5).clamp(0.0, 1.0);
                let barrel = (1.08 * r - (dx - ox).hypot(dy - oy) + 0.5).clamp(0.0, 1.0);
                let rim = 0.9 + 0.2 * (d / r).powi(4);
                let light = times(colour, inside * barrel * rim);
                let pixel = &mut self.pixels[y * view.width + x];
                for c in 0..3 {
                    pixel[c] += light[c];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_focus_is_sharp_and_the_far_is_soft() {
        assert!(blur_at(1.9) < 1e-6);
        assert!(blur_at(3.0) < blur_at(5.0) && blur_at(5.0) < blur_at_infinity());
        // 85 mm at f/1.8 makes discs of a sixteenth of the picture's height of distant lights.
        assert!((2.0 * blur_at_infinity() - 0.0614).abs() < 0.001, "{}", blur_at_infinity());
    }

    #[test]
    fn a_ray_meets_what_the_camera_sees_there() {
        let camera = Camera { x: 0.2, pan: 0.05, tilt: 0.1 };
        let room = Room { left: -1.0, right: 2.0, ceiling: 1.2, back: 9.0 };
        for (u, v) in [(0.0, 0.0), (-0.39, 0.1), (0.1, 0.55), (0.0, -0.39), (0.38, 0.0)] {
            let (_, [x, y, z]) = room.meet(&camera, u, v);
            let (u2, v2) = camera.see(x, y, z);
            assert!((u - u2).abs() < 1e-4 && (v - v2).abs() < 1e-4);
            assert!(z <= 9.0 && x > -1.01 && x < 2.01 && y > FLOOR - 0.01 && y < 1.21);
        }
    }
}
