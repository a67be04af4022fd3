//! Small pictures seen at a large size, computed where they are looked at.
//!
//! What varies slowly (light, coefficients, colours behind hair) is found in a small picture. Enlarging it whole would take
//! more memory than the photo; here a row is made when it is needed.

use imaging::Pixmap;

/// A picture seen enlarged to `width` × `height` by straight lines between its pixels.
pub(crate) struct Enlarged<'a, const C: usize> {
    small: &'a Pixmap<f32, C>,
    across: f32,
    down: f32,
}

impl<'a, const C: usize> Enlarged<'a, C> {
    /// The picture at another size. It must have pixels.
    pub(crate) fn new(small: &'a Pixmap<f32, C>, width: usize, height: usize) -> Self {
        let ratio = |from: usize, to: usize| from as f32 / to.max(1) as f32;
        Enlarged { small, across: ratio(small.width(), width), down: ratio(small.height(), height) }
    }

    /// The row `y` of the large picture.
    pub(crate) fn row(&self, y: usize) -> Row<C> {
        let (above, below, share) = place(y, self.down, self.small.height());
        let (above, below) = (self.small.row(above), self.small.row(below));
        let pixels = above.iter().zip(below).map(|(a, b)| mixed(a, b, share)).collect();
        Row { pixels, across: self.across }
    }
}

/// One row of an enlarged picture.
pub(crate) struct Row<const C: usize> {
    pixels: Vec<[f32; C]>,
    across: f32,
}

impl<const C: usize> Row<C> {
    /// The pixel in column `x` of the large picture.
    pub(crate) fn at(&self, x: usize) -> [f32; C] {
        let (left, right, share) = place(x, self.across, self.pixels.len());
        mixed(&self.pixels[left], &self.pixels[right], share)
    }
}

/// The two small pixels around the middle of a large one, and how far it is on the way.
fn place(large: usize, ratio: f32, length: usize) -> (usize, usize, f32) {
    let at = ((large as f32 + 0.5) * ratio - 0.5).clamp(0.0, (length - 1) as f32);
    let first = at as usize;
    (first, (first + 1).min(length - 1), at - first as f32)
}

fn mixed<const C: usize>(a: &[f32; C], b: &[f32; C], share: f32) -> [f32; C] {
    std::array::from_fn(|c| a[c] + share * (b[c] - a[c]))
}

#[cfg(test)]
mod tests {
    use imaging::Plane;

    use super::*;

    #[test]
    fn a_slope_stays_a_slope_and_its_own_size_stays_the_same() {
        let small = Plane::from_fn(10, 4, |x, y| [(x + 100 * y) as f32]);
        let large = Enlarged::new(&small, 40, 16);
        let row = large.row(8);
        for x in 4..36 {
            let step = row.at(x)[0] - row.at(x - 1)[0];
            assert!((step - 0.25).abs() < 1e-4, "{x}: {step}");
        }
        let same = Enlarged::new(&small, 10, 4);
        assert_eq!(same.row(2).at(7), [207.0]);
    }
}
