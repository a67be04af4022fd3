//! Box blurs by running sums: any radius costs the same. Three in a row come close to a Gaussian.

use imaging::Pixmap;
use rayon::prelude::*;

/// Rows or columns worked on together.
const BAND: usize = 64;

/// The mean over a square of `2 · radius + 1` pixels; at the border over the part of it inside the picture.
pub(crate) fn box_blur<const C: usize>(picture: &Pixmap<f32, C>, radius: usize) -> Pixmap<f32, C> {
    if radius == 0 || picture.width() == 0 || picture.height() == 0 {
        return picture.clone();
    }
    columns(&rows(picture, radius), radius)
}

/// Close to a Gaussian of standard deviation `sigma` pixels: three box blurs.
pub(crate) fn gaussian<const C: usize>(picture: &Pixmap<f32, C>, sigma: f32) -> Pixmap<f32, C> {
    // Three boxes of width w have the variance (w² − 1) / 4.
    let radius = (((4.0 * sigma * sigma + 1.0).sqrt() - 1.0) / 2.0).round() as usize;
    box_blur(&box_blur(&box_blur(picture, radius), radius), radius)
}

fn rows<const C: usize>(picture: &Pixmap<f32, C>, radius: usize) -> Pixmap<f32, C> {
    let width = picture.width();
    let mut target = Pixmap::<f32, C>::new(width, picture.height());
    target.data_mut().par_chunks_mut(width * C).enumerate().for_each(|(y, out)| {
        let source = picture.row(y);
        let mut sum = [0.0f64; C];
        let mut count = 0usize;
        for pixel in &source[..radius.min(width)] {
            add(&mut sum, pixel);
            count += 1;
        }
        for (x, out) in out.as_chunks_mut::<C>().0.iter_mut().enumerate() {
            if let Some(pixel) = source.get(x + radius) {
                add(&mut sum, pixel);
                count += 1;
            }
            if x > radius {
                subtract(&mut sum, &source[x - radius - 1]);
                count -= 1;
            }
            *out = sum.map(|v| (v / count as f64) as f32);
        }
    });
    target
}

/// As [`rows`], down the columns, whole rows at a time so that memory is read in order.
fn columns<const C: usize>(picture: &Pixmap<f32, C>, radius: usize) -> Pixmap<f32, C> {
    let (width, height) = (picture.width(), picture.height());
    let mut target = Pixmap::<f32, C>::new(width, height);
    let bands: Vec<(usize, Vec<f32>)> = (0..width.div_ceil(BAND))
        .into_par_iter()
        .map(|band| {
            let (from, to) = (band * BAND, ((band + 1) * BAND).min(width));
            (band, column_band(picture, radius, from, to))
        })
        .collect();
    for (band, values) in bands {
        let (from, to) = (band * BAND, ((band + 1) * BAND).min(width));
        for (y, row) in values.chunks_exact((to - from) * C).enumerate() {
            target.row_mut(y)[from..to].as_flattened_mut().copy_from_slice(row);
        }
    }
    target
}

fn column_band<const C: usize>(picture: &Pixmap<f32, C>, radius: usize, from: usize, to: usize) -> Vec<f32> {
    let height = picture.height();
    let mut values = Vec::with_capacity((to - from) * C * height);
    let mut sums = vec![[0.0f64; C]; to - from];
    let mut count = 0usize;
    let take = |sums: &mut Vec<[f64; C]>, y: usize| {
        for (sum, pixel) in sums.iter_mut().zip(&picture.row(y)[from..to]) {
            add(sum, pixel);
        }
    };
    for y in 0..radius.min(height) {
        take(&mut sums, y);
        count += 1;
    }
    for y in 0..height {
        if y + radius < height {
            take(&mut sums, y + radius);
            count += 1;
        }
        if y > radius {
            for (sum, pixel) in sums.iter_mut().zip(&picture.row(y - radius - 1)[from..to]) {
                subtract(sum, pixel);
            }
            count -= 1;
        }
        let share = 1.0 / count as f64;
        values.extend(sums.iter().flat_map(|sum| sum.map(|v| (v * share) as f32)));
    }
    values
}

fn add<const C: usize>(sum: &mut [f64; C], pixel: &[f32; C]) {
    for (s, v) in sum.iter_mut().zip(pixel) {
        *s += f64::from(*v);
    }
}

fn subtract<const C: usize>(sum: &mut [f64; C], pixel: &[f32; C]) {
    for (s, v) in sum.iter_mut().zip(pixel) {
        *s -= f64::from(*v);
    }
}

#[cfg(test)]
mod tests {
    use imaging::Plane;

    use super::*;

    #[test]
    fn a_blur_is_the_mean_of_what_is_inside() {
        let picture = Plane::from_fn(200, 90, |x, y| [((x * 7 + y * 13) % 31) as f32]);
        let blurred = box_blur(&picture, 3);
        for (x, y) in [(0usize, 0usize), (5, 2), (100, 50), (199, 89)] {
            let (mut sum, mut count) = (0.0, 0.0);
            for j in y.saturating_sub(3)..(y + 4).min(90) {
                for i in x.saturating_sub(3)..(x + 4).min(200) {
                    sum += picture.get(i, j)[0];
                    count += 1.0;
                }
            }
            assert!((blurred.get(x, y)[0] - sum / count).abs() < 1e-4, "at {x}, {y}");
        }
    }

    #[test]
    fn a_radius_larger_than_the_picture_gives_its_mean() {
        let picture = Plane::from_fn(5, 4, |x, y| [(x + y) as f32]);
        assert!(box_blur(&picture, 50).data().iter().all(|v| (v - 3.5).abs() < 1e-5));
        assert_eq!(box_blur(&Plane::new(0, 0), 2).data().len(), 0);
    }
}
