//! What is measured of a photo and its main face. Nothing of it is kept.

use imaging::{Point, Resizable, Rgb8, linear};

use crate::face::Face;
use crate::landmarks::{Mesh, point, surrounding};
use crate::prepare::measure_light::{inside, luminance};

/// Fine detail over brightness of a face in focus, as its inverse.
const DETAIL: f32 = 10.0;
/// Width of the face in the small picture that sharpness is measured in.
const FACE: f32 = 160.0;

/// Everything that the rules look at. Shares are of 1; light is linear.
#[derive(Clone, Debug)]
pub(super) struct Measures {
    /// Height of the face in pixels.
    pub(super) face_height: f32,
    /// Area of the next largest face as a share of the main one's.
    pub(super) other_face: f32,
    /// Finest detail of the face, as a share of its coarser detail: about 0 when out of focus.
    pub(super) sharpness: f32,
    /// Typical luminance of the skin.
    pub(super) skin: f32,
    /// Share of the face that is burnt out.
    pub(super) burnt: f32,
    /// Difference between the halves of the face, in stops.
    pub(super) lean: f32,
    /// Radians to either side.
    pub(super) yaw: f32,
    /// Radians up (positive) or down.
    pub(super) pitch: f32,
    /// How far the head reaches beyond the frame, as a share of its height.
    pub(super) head_outside: f32,
    /// Room below the chin, in heights of the face.
    pub(super) below_chin: f32,
    /// Height over width of the opened eyes.
    pub(super) eyes_open: f32,
    /// Luminance around the eyes as a share of the skin's.
    pub(super) eye_light: f32,
    /// Difference between the dark and the light of the eyes, as a share of the skin's luminance.
    pub(super) eye_contrast: f32,
}

impl Measures {
    pub(super) fn of(photo: &Rgb8, face: &Face, mesh: &Mesh, other_face: f32) -> Measures {
        let (w, h) = (photo.width() as f32, photo.height() as f32);
        let b = face.bounds;
        let outside = (-face.head.y).max(0.0).max(b.bottom() - h).max(-b.x).max(b.right() - w);
        let skin = Skin::of(photo, mesh);
        let eyes = eye_luminances(photo, mesh);
        let at = |share: f32| eyes.get((eyes.len() as f32 * share) as usize).copied().unwrap_or(0.0);
        Measures {
            face_height: b.height,
            other_face,
            sharpness: sharpness(photo, face),
            skin: skin.typical,
            burnt: skin.burnt,
            lean: skin.lean,
            yaw: face.yaw,
            pitch: face.pitch,
            head_outside: outside.max(0.0) / face.head.height,
            below_chin: (h - face.chin.y) / b.height,
            eyes_open: mesh.eye_openness(),
            eye_light: at(0.6) / skin.typical.max(1e-3),
            eye_contrast: (at(0.92) - at(0.08)) / skin.typical.max(1e-3),
        }
    }

    /// What lowers the score without being worth a word.
    pub(super) fn small_faults(&self) -> f32 {
        let over = |v: f32, from: f32, to: f32| ((v - from) / (to - from)).clamp(0.0, 1.0);
        6.0 * over(self.yaw.abs(), 0.15, 0.45)
            + 4.0 * over(self.lean.abs(), 0.5, 1.6)
            + 6.0 * (1.0 - over(self.face_height, 200.0, 700.0))
            + 4.0 * (1.0 - over(self.sharpness, 0.12, 0.35))
    }
}

struct Skin {
    typical: f32,
    burnt: f32,
    lean: f32,
}

impl Skin {
    fn of(photo: &Rgb8, mesh: &Mesh) -> Skin {
        let oval = mesh.outline(&point::OVAL);
        let bounds = surrounding(&oval);
        let middle = (mesh.at(point::LEFT_SIDE).x + mesh.at(point::RIGHT_SIDE).x) / 2.0;
        let (mut all, mut left, mut right, mut burnt) = (Vec::new(), Vec::new(), Vec::new(), 0usize);
        for (q, light) in grid(photo, &oval, bounds.width / 70.0) {
            let l = luminance(light);
            all.push(l);
            if light.iter().filter(|v| **v > 0.97).count() >= 2 {
                burnt += 1;
            }
            if q.x < middle { left.push(l) } else { right.push(l) }
        }
        let (l, r) = (median(left).max(1e-4), median(right).max(1e-4));
        Skin { burnt: burnt as f32 / all.len().max(1) as f32, typical: median(all), lean: (r / l).log2() }
    }
}

/// Pixels inside a polygon, `step` apart, in linear light.
fn grid(photo: &Rgb8, polygon: &[Point], step: f32) -> Vec<(Point, [f32; 3])> {
    let bounds = surrounding(polygon);
    let (w, h) = (photo.width() as f32, photo.height() as f32);
    let step = step.max(1.0);
    let mut found = Vec::new();
    let mut y = bounds.y.max(0.0);
    while y < bounds.bottom().min(h) {
        let mut x = bounds.x.max(0.0);
        while x < bounds.right().min(w) {
            let q = Point::new(x, y);
            if inside(q, polygon) {
                found.push((q, photo.get(x as usize, y as usize).map(linear::to_linear)));
            }
            x += step;
        }
        y += step;
    }
    found
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Luminances of both eyes, sorted.
fn eye_luminances(photo: &Rgb8, mesh: &Mesh) -> Vec<f32> {
    let mut all = Vec::new();
    for ring in [&point::LEFT_EYE_RING, &point::RIGHT_EYE_RING] {
        let outline = mesh.outline(ring);
        let step = surrounding(&outline).width / 24.0;
        all.extend(grid(photo, &outline, step).into_iter().map(|(_, light)| luminance(light)));
    }
    all.sort_by(f32::total_cmp);
    all
}

/// Energy of the finest detail over that of the next coarser one, after
/// [Crété et al. 2007](https://doi.org/10.1117/12.702790): blurring a picture that is blurred already changes little.
fn sharpness(photo: &Rgb8, face: &Face) -> f32 {
    let b = face.bounds.grown(-0.08 * face.bounds.width);
    let (x, y) = (b.x.max(0.0) as usize, b.y.max(0.0) as usize);
    let part = photo.crop(x, y, b.width as usize, b.height as usize);
    if part.width() < 16 || part.height() < 16 {
        return 0.0;
    }
    let scale = (FACE / part.width() as f32).min(1.0);
    let small = part.resized((part.width() as f32 * scale) as usize, (part.height() as f32 * scale) as usize);
    let luma = small.map(|[r, g, b]| [0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)]);
    let energy = |radius: usize| {
        let blurred = crate::blur::box_blur(&luma, radius);
        let sum: f32 = luma.data().iter().zip(blurred.data()).map(|(a, b)| (a - b) * (a - b)).sum();
        sum / luma.data().len() as f32
    };
    let mean = luma.data().iter().sum::<f32>() / luma.data().len() as f32;
    // Far out of focus nothing is left to compare: then the detail itself is weighed against the face's brightness.
    let relative = (energy(1) / energy(4).max(1e-3)).sqrt();
    relative.min(DETAIL * energy(1).sqrt() / mean.max(1.0))
}
