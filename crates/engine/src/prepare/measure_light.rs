//! Measures the light on the face, so that a style can lead it gently to where it wants it.

use imaging::{Point, Rgba8, linear};

use super::Preparation;
use crate::error::EngineError;
use crate::landmarks::{Mesh, point};
use crate::subject::Light;

pub(crate) fn run(p: &mut Preparation) -> Result<(), EngineError> {
    let (_, mesh) = p.found()?;
    p.light = measure(&p.cutout, mesh);
    Ok(())
}

fn measure(cutout: &Rgba8, mesh: &Mesh) -> Light {
    let middle = (mesh.at(point::LEFT_SIDE).x + mesh.at(point::RIGHT_SIDE).x) / 2.0;
    let mut skin = Samples::default();
    let (mut left, mut right) = (Samples::default(), Samples::default());
    let oval = mesh.outline(&point::OVAL);
    let holes = [
        &point::LEFT_EYE_RING[..],
        &point::RIGHT_EYE_RING,
        &point::MOUTH_RING,
        &point::LEFT_BROW,
        &point::RIGHT_BROW,
    ]
    .map(|ring| mesh.outline(ring));
    let bounds = crate::landmarks::surrounding(&oval);
    let step = (bounds.width / 80.0).max(1.0);
    let (mut x, mut y) = (bounds.x, bounds.y);
    while y < bounds.bottom() {
        while x < bounds.right() {
            let q = Point::new(x, y);
            if let Some(light) = skin_at(cutout, q, &oval, &holes) {
                skin.push(light);
                if (x - middle).abs() > 0.12 * bounds.width {
                    if x < middle { left.push(light) } else { right.push(light) }
                }
            }
            x += step;
        }
        (x, y) = (bounds.x, y + step);
    }
    let colour = skin.typical();
    let (l, r) = (luminance(left.typical()).max(1e-4), luminance(right.typical()).max(1e-4));
    Light { skin: colour, highlight: highlight(cutout), lean: (r / l).log2().clamp(-3.0, 3.0) }
}

fn skin_at(cutout: &Rgba8, q: Point, oval: &[Point], holes: &[Vec<Point>]) -> Option<[f32; 3]> {
    let (w, h) = (cutout.width() as f32, cutout.height() as f32);
    if q.x < 0.0
        || q.y < 0.0
        || q.x >= w
        || q.y >= h
        || !inside(q, oval)
        || holes.iter().any(|hole| inside(q, hole))
    {
        return None;
    }
    let [r, g, b, a] = cutout.get(q.x as usize, q.y as usize);
    (a > 200).then(|| [r, g, b].map(linear::to_linear))
}

/// Whether a point lies inside a polygon: a ray from it crosses the outline an odd number of times.
pub(crate) fn inside(q: Point, polygon: &[Point]) -> bool {
    let mut odd = false;
    let mut last = polygon.len().wrapping_sub(1);
    for (i, a) in polygon.iter().enumerate() {
        let b = polygon[last];
        if (a.y > q.y) != (b.y > q.y) && q.x < (b.x - a.x) * (q.y - a.y) / (b.y - a.y) + a.x {
            odd = !odd;
        }
        last = i;
    }
    odd
}

#[derive(Default)]
struct Samples(Vec<[f32; 3]>);

impl Samples {
    fn push(&mut self, light: [f32; 3]) {
        self.0.push(light);
    }

    /// The mean of the middle half by luminance: neither shine nor stubble.
    fn typical(mut self) -> [f32; 3] {
        self.0.sort_by(|a, b| luminance(*a).total_cmp(&luminance(*b)));
        let n = self.0.len();
        let middle = &self.0[n / 4..(n - n / 4).max(n / 4)];
        if middle.is_empty() {
            return [0.25, 0.18, 0.14];
        }
        let sum = middle.iter().fold([0.0; 3], |s: [f32; 3], p| [s[0] + p[0], s[1] + p[1], s[2] + p[2]]);
        sum.map(|v| v / middle.len() as f32)
    }
}

/// Relative luminance of linear light.
pub(crate) fn luminance([r, g, b]: [f32; 3]) -> f32 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// The luminance that 3 % of the person exceed.
fn highlight(cutout: &Rgba8) -> f32 {
    let mut counts = [0u32; 256];
    for row in (0..cutout.height()).step_by(4) {
        for [r, g, b, a] in cutout.row(row).iter().step_by(4) {
            if *a > 200 {
                let luma = (u32::from(*r) * 54 + u32::from(*g) * 183 + u32::from(*b) * 19) >> 8;
                counts[luma.min(255) as usize] += 1;
            }
        }
    }
    let mut left = counts.iter().sum::<u32>() * 3 / 100;
    for (luma, count) in counts.iter().enumerate().rev() {
        if *count > left {
            return linear::to_linear(luma as u8);
        }
        left -= count;
    }
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_inside_or_not() {
        let square = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)].map(|(x, y)| Point::new(x, y));
        assert!(inside(Point::new(1.0, 3.0), &square));
        assert!(!inside(Point::new(5.0, 3.0), &square) && !inside(Point::new(1.0, 3.0), &[]));
    }

    #[test]
    fn the_brightest_few_percent_count() {
        let cutout =
            Rgba8::from_fn(100, 100, |x, _| if x < 10 { [255, 255, 255, 255] } else { [20, 20, 20, 255] });
        assert!(highlight(&cutout) > 0.9);
        assert_eq!(highlight(&Rgba8::new(0, 0)), 1.0);
    }
}
