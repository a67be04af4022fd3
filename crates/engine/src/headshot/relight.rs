//! Leads the photo's light gently toward the style's key light.
//!
//! The person is taken for a soft solid: a dome over the matte and an ellipsoid at the head. What faces the key gains, what
//! turns away loses, by at most a stop or so. Light that the photo already has on that side is counted in, so a face that
//! is lit from the left is not lit from the left again.

use imaging::{Pixmap, Plane, Resizable};
use rayon::prelude::*;

use super::Shot;
use crate::blur::gaussian;
use crate::enlarge::Enlarged;
use crate::error::EngineError;

/// Width of the small picture in which the solid is built.
const WIDTH: usize = 160;
/// By how many stops a full key makes one half of the face brighter than the other.
const FULL_LEAN: f32 = 1.1;
/// The most that is moved, in stops from one side of the face to the other.
const MOST_LEAN: f32 = 0.9;
/// Stops that a full rim light adds at the very edge.
const FULL_RIM: f32 = 1.6;

pub(crate) fn run(shot: &mut Shot) -> Result<(), EngineError> {
    let light = shot.recipe.light;
    let strength = light.strength.get();
    let wanted = light.side.get() * FULL_LEAN;
    let lean = (strength * (wanted - shot.subject.light.lean)).clamp(-MOST_LEAN, MOST_LEAN);
    let scale = WIDTH as f32 / shot.size.width as f32;
    let height = ((shot.size.height as f32 * scale) as usize).max(2);
    let normals = Solid::of(shot, scale, height).normals();
    let temperature = light.temperature.get() * 0.08 * strength;
    let tint = [1.0 - temperature, 1.0, 1.0 + temperature];
    let rim = light.rim.get() * FULL_RIM;
    let gains = normals.map(|[nx, ny]| {
        let stops = 0.5 * lean * nx * 1.4 - 0.22 * strength * ny;
        // The rim comes from behind, on the side away from the key.
        let away = -light.side.get().signum();
        let grazing = ((nx * away - 0.45) / 0.55).clamp(0.0, 1.0) + 0.6 * ((-ny - 0.6) / 0.4).clamp(0.0, 1.0);
        let gain = (stops + rim * grazing * grazing).clamp(-1.2, 1.6).exp2();
        tint.map(|t| gain * t)
    });
    let (w, h) = (shot.size.width as usize, shot.size.height as usize);
    let gains = Enlarged::new(&gains, w, h);
    shot.person.data_mut().par_chunks_mut(w * 3).enumerate().for_each(|(y, row)| {
        let gains = gains.row(y);
        for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let gain = gains.at(x);
            *pixel = std::array::from_fn(|c| pixel[c] * gain[c]);
        }
    });
    Ok(())
}

/// A height over each place, in pixels of the small picture.
struct Solid(Plane);

impl Solid {
    fn of(shot: &Shot, scale: f32, height: usize) -> Solid {
        let alpha = shot.alpha.resized(WIDTH, height);
        let head = shot.face.head.scaled(scale);
        let mut dome = Plane::new(WIDTH, height);
        for share in [0.06, 0.12, 0.25] {
            let soft = gaussian(&alpha, (head.height * share).max(1.0));
            for (d, s) in dome.data_mut().iter_mut().zip(soft.data()) {
                *d += s * head.height * share * 1.6;
            }
        }
        let (c, rx, ry) = (head.centre(), head.width * 0.56, head.height * 0.56);
        for y in 0..height {
            for (x, [d]) in dome.row_mut(y).iter_mut().enumerate() {
                let (u, v) = ((x as f32 + 0.5 - c.x) / rx, (y as f32 + 0.5 - c.y) / ry);
                let inside = 1.0 - u * u - v * v;
                if inside > 0.0 {
                    *d += inside.sqrt() * rx * 0.8;
                }
            }
        }
        Solid(gaussian(&dome, (head.height * 0.035).max(1.0)))
    }

    /// Across and down parts of the surface's unit normal.
    fn normals(&self) -> Pixmap<f32, 2> {
        let h = |x: isize, y: isize| self.0.get_clamped(x, y)[0];
        Pixmap::from_fn(self.0.width(), self.0.height(), |x, y| {
            let (x, y) = (x as isize, y as isize);
            let (dx, dy) = ((h(x - 1, y) - h(x + 1, y)) / 2.0, (h(x, y - 1) - h(x, y + 1)) / 2.0);
            let length = (dx * dx + dy * dy + 1.0).sqrt();
            [dx / length, dy / length]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dome_faces_outward_on_every_side() {
        let dome = Plane::from_fn(61, 61, |x, y| {
            let r = (x as f32 - 30.0).hypot(y as f32 - 30.0);
            [(900.0 - r * r).max(0.0).sqrt()]
        });
        let normals = Solid(dome).normals();
        assert!(normals.get(10, 30)[0] < -0.4 && normals.get(50, 30)[0] > 0.4);
        assert!(normals.get(30, 10)[1] < -0.4 && normals.get(30, 50)[1] > 0.4);
        assert!(normals.get(30, 30).iter().all(|n| n.abs() < 0.05));
    }
}
