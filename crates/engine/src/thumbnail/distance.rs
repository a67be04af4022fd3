//! How far each pixel is from a shape: what outlines and halos are made of.
//!
//! The exact Euclidean distance transform of Felzenszwalb and Huttenlocher ("Distance transforms of sampled functions",
//! 2012), started from the sub-pixel distance that a soft edge tells of, so that outlines are as smooth as the edge.

use imaging::{Gray8, Plane};
use rayon::prelude::*;

const FAR: f32 = 1e10;

/// Pixels from each pixel's middle to the edge of the shape (where its coverage is one half); 0 inside.
/// Without a shape it is 100,000 everywhere.
pub(super) fn outside(coverage: &Gray8) -> Plane {
    let (w, h) = (coverage.width(), coverage.height());
    if coverage.data().iter().all(|c| *c == 0) {
        return Plane::filled(w, h, [FAR.sqrt()]);
    }
    let start: Vec<f32> = coverage
        .data()
        .iter()
        .map(|c| match c {
            0 => FAR,
            255 => 0.0,
            // A pixel half covered has its middle on the edge.
            c => (0.5 - f32::from(*c) / 255.0).max(0.0).powi(2),
        })
        .collect();
    let columns = transposed(&start, w, h);
    let columns = transform(columns, h);
    let rows = transform(transposed(&columns, h, w), w);
    let data = rows.into_iter().map(f32::sqrt).collect();
    Plane::from_vec(w, h, data).unwrap_or_else(|| Plane::new(w, h))
}

fn transposed(data: &[f32], width: usize, height: usize) -> Vec<f32> {
    let mut out = vec![0.0; data.len()];
    const TILE: usize = 32;
    for y0 in (0..height).step_by(TILE) {
        for x0 in (0..width).step_by(TILE) {
            for y in y0..(y0 + TILE).min(height) {
                for x in x0..(x0 + TILE).min(width) {
                    out[x * height + y] = data[y * width + x];
                }
            }
        }
    }
    out
}

/// The lower envelope of parabolas along every line of `length` values.
fn transform(mut data: Vec<f32>, length: usize) -> Vec<f32> {
    if length == 0 {
        return data;
    }
    data.par_chunks_mut(length).for_each_init(
        || (vec![0.0; length], vec![0usize; length], vec![0.0f32; length + 1]),
        |(source, roots, bounds), line| {
            source.copy_from_slice(line);
            envelope(source, line, roots, bounds);
        },
    );
    data
}

fn envelope(f: &[f32], out: &mut [f32], roots: &mut [usize], bounds: &mut [f32]) {
    let mut k: Option<usize> = None;
    for q in 0..f.len() {
        if f[q] >= FAR {
            continue;
        }
        let height = f[q] + (q * q) as f32;
        loop {
            let Some(top) = k else {
                k = Some(0);
                roots[0] = q;
                bounds[0] = f32::NEG_INFINITY;
                break;
            };
            let r = roots[top];
            let s = (height - f[r] - (r * r) as f32) / (2.0 * (q - r) as f32);
            if s > bounds[top] {
                roots[top + 1] = q;
                bounds[top + 1] = s;
                k = Some(top + 1);
                break;
            }
            k = top.checked_sub(1);
        }
    }
    let Some(last) = k else {
        out.fill(FAR);
        return;
    };
    let mut at = 0;
    for (q, value) in out.iter_mut().enumerate() {
        while at < last && bounds[at + 1] < q as f32 {
            at += 1;
        }
        let r = roots[at];
        *value = f[r] + (q as f32 - r as f32).powi(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_distance_to_the_nearest_pixel() {
        let mut shape = Gray8::new(23, 17);
        let points = [(3, 4), (20, 2), (11, 15), (4, 4)];
        points.iter().for_each(|(x, y)| shape.set(*x, *y, [255]));
        let field = outside(&shape);
        for y in 0..17 {
            for x in 0..23 {
                let nearest = points.iter().map(|(a, b)| (x as f32 - *a as f32).hypot(y as f32 - *b as f32));
                let nearest = nearest.fold(f32::INFINITY, f32::min);
                assert!((field.get(x, y)[0] - nearest).abs() < 1e-3, "{x},{y}");
            }
        }
    }

    #[test]
    fn nothing_is_far_from_everything() {
        assert!(outside(&Gray8::new(5, 4)).data().iter().all(|d| *d > 1e4));
        assert!(outside(&Gray8::new(0, 0)).data().is_empty());
    }

    #[test]
    fn a_soft_edge_moves_by_its_coverage() {
        let edge = |c| outside(&Gray8::from_vec(6, 1, vec![255, 255, c, 0, 0, 0]).unwrap()).get(4, 0)[0];
        assert!(edge(200) < edge(60), "{} {}", edge(200), edge(60));
    }
}
