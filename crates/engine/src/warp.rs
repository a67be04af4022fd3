//! Turning, scaling and moving pictures by a similarity transform.

use imaging::{Pixmap, Point};
use rayon::prelude::*;

/// Turn, scale and move: `to(p) = scale · R(angle) · (p − from) + to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Similarity {
    cos: f32,
    sin: f32,
    scale: f32,
    from: Point,
    to: Point,
}

impl Similarity {
    /// Turns by `angle` radians (clockwise as seen, since y points down) and scales about `from`, which lands on `to`.
    pub(crate) fn new(from: Point, to: Point, scale: f32, angle: f32) -> Self {
        Similarity { cos: angle.cos(), sin: angle.sin(), scale, from, to }
    }

    /// Where a point goes.
    pub(crate) fn apply(&self, p: Point) -> Point {
        let (x, y) = (p.x - self.from.x, p.y - self.from.y);
        Point::new(
            self.to.x + self.scale * (self.cos * x - self.sin * y),
            self.to.y + self.scale * (self.sin * x + self.cos * y),
        )
    }

    /// Where a point came from.
    pub(crate) fn invert(&self, p: Point) -> Point {
        let (x, y) = ((p.x - self.to.x) / self.scale, (p.y - self.to.y) / self.scale);
        Point::new(self.from.x + self.cos * x + self.sin * y, self.from.y - self.sin * x + self.cos * y)
    }

    /// The point that it turns and scales about.
    pub(crate) fn from(&self) -> Point {
        self.from
    }

    /// How much larger things get.
    pub(crate) fn scale(&self) -> f32 {
        self.scale
    }

    /// By how many radians things are turned.
    pub(crate) fn angle(&self) -> f32 {
        self.sin.atan2(self.cos)
    }

    /// The `width` × `height` pixels of `source` seen through the transform, by bicubic (Catmull-Rom) interpolation, or
    /// bilinear where shrinking hides the difference, with the border repeated outside. Shrinking by more than 2 aliases:
    /// scale `source` down first.
    pub(crate) fn warp<const C: usize>(
        &self,
        source: &Pixmap<u8, C>,
        width: usize,
        height: usize,
    ) -> Pixmap<u8, C> {
        let mut target = Pixmap::<u8, C>::new(width, height);
        let upright = self.sin.abs() < 1e-6;
        if upright && (self.scale - 1.0).abs() < 1e-6 && self.whole_pixels() {
            return self.moved(source, target);
        }
        let fine = self.scale > FINE;
        target.data_mut().par_chunks_mut(width * C).enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.as_chunks_mut::<C>().0.iter_mut().enumerate() {
                let p = self.invert(Point::new(x as f32 + 0.5, y as f32 + 0.5));
                *pixel = if fine {
                    bicubic(source, p.x - 0.5, p.y - 0.5)
                } else {
                    bilinear(source, p.x - 0.5, p.y - 0.5)
                };
            }
        });
        target
    }

    fn whole_pixels(&self) -> bool {
        let (dx, dy) = (self.to.x - self.from.x, self.to.y - self.from.y);
        (dx - dx.round()).abs() < 1e-3 && (dy - dy.round()).abs() < 1e-3
    }

    fn moved<const C: usize>(&self, source: &Pixmap<u8, C>, mut target: Pixmap<u8, C>) -> Pixmap<u8, C> {
        let (dx, dy) =
            ((self.to.x - self.from.x).round() as isize, (self.to.y - self.from.y).round() as isize);
        for y in 0..target.height() {
            for (x, pixel) in target.row_mut(y).iter_mut().enumerate() {
                *pixel = source.get_clamped(x as isize - dx, y as isize - dy);
            }
        }
        target
    }
}

/// Below this scale several pixels become one, and straight lines between them serve at a quarter of the time.
const FINE: f32 = 0.9;

fn bilinear<const C: usize>(source: &Pixmap<u8, C>, x: f32, y: f32) -> [u8; C] {
    let (fx, fy) = (x.floor(), y.floor());
    let (tx, ty) = (x - fx, y - fy);
    let (ix, iy) = (fx as isize, fy as isize);
    let whole = ix >= 0 && ix + 2 <= source.width() as isize && iy >= 0 && iy + 2 <= source.height() as isize;
    let row = |j: isize| -> [[u8; C]; 2] {
        if whole {
            let row = &source.row((iy + j) as usize)[ix as usize..ix as usize + 2];
            [row[0], row[1]]
        } else {
            [source.get_clamped(ix, iy + j), source.get_clamped(ix + 1, iy + j)]
        }
    };
    let ([a, b], [c, d]) = (row(0), row(1));
    std::array::from_fn(|i| {
        let across = |l: u8, r: u8| f32::from(l) + tx * (f32::from(r) - f32::from(l));
        let (above, below) = (across(a[i], b[i]), across(c[i], d[i]));
        (above + ty * (below - above) + 0.5) as u8
    })
}

fn bicubic<const C: usize>(source: &Pixmap<u8, C>, x: f32, y: f32) -> [u8; C] {
    let (fx, fy) = (x.floor(), y.floor());
    let (wx, wy) = (catmull_rom(x - fx), catmull_rom(y - fy));
    let (ix, iy) = (fx as isize - 1, fy as isize - 1);
    let mut sum = [0.0f32; C];
    let whole = ix >= 0 && ix + 4 <= source.width() as isize && iy >= 0 && iy + 4 <= source.height() as isize;
    for (j, wy) in wy.iter().enumerate() {
        let row: [[u8; C]; 4] = if whole {
            let row = &source.row(iy as usize + j)[ix as usize..ix as usize + 4];
            [row[0], row[1], row[2], row[3]]
        } else {
            std::array::from_fn(|i| source.get_clamped(ix + i as isize, iy + j as isize))
        };
        for (p, wx) in row.iter().zip(wx) {
            let weight = wx * wy;
            for c in 0..C {
                sum[c] += weight * f32::from(p[c]);
            }
        }
    }
    sum.map(|v| (v + 0.5).clamp(0.0, 255.0) as u8)
}

/// Weights of the four samples around a place `t` between the second and the third.
fn catmull_rom(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (-t + 2.0 * t2 - t3),
        0.5 * (2.0 - 5.0 * t2 + 3.0 * t3),
        0.5 * (t + 4.0 * t2 - 3.0 * t3),
        0.5 * (t3 - t2),
    ]
}

#[cfg(test)]
mod tests {
    use imaging::Rgb8;

    use super::*;

    #[test]
    fn there_and_back_is_the_same_place() {
        let turn = Similarity::new(Point::new(3.0, 4.0), Point::new(10.0, 2.0), 1.7, 0.4);
        let p = Point::new(8.5, -2.0);
        assert!(turn.invert(turn.apply(p)).distance(p) < 1e-4);
        assert!((turn.angle() - 0.4).abs() < 1e-6);
    }

    #[test]
    fn both_ways_of_looking_between_pixels_keep_a_slope() {
        let source = Rgb8::from_fn(40, 40, |x, y| [(5 * x) as u8, (5 * y) as u8, 77]);
        for (x, y) in [(10.25, 20.5), (0.5, 0.0), (30.0, 7.75)] {
            for seen in [bicubic(&source, x, y), bilinear(&source, x, y)] {
                assert!(
                    (f32::from(seen[0]) - 5.0 * x).abs() < 1.1 && (f32::from(seen[1]) - 5.0 * y).abs() < 1.1
                );
                assert_eq!(seen[2], 77);
            }
        }
    }

    #[test]
    fn a_quarter_turn_moves_the_corner() {
        let source = Rgb8::from_fn(4, 4, |x, y| if (x, y) == (0, 0) { [255; 3] } else { [0; 3] });
        let centre = Point::new(2.0, 2.0);
        let turned = Similarity::new(centre, centre, 1.0, std::f32::consts::FRAC_PI_2).warp(&source, 4, 4);
        assert_eq!(turned.get(3, 0), [255; 3]);
        assert_eq!(turned.get(0, 0), [0; 3]);
    }
}
