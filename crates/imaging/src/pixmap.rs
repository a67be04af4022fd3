//! A rectangle of pixels in memory.

use std::fmt;

use domain::Size;

/// `width` × `height` pixels of `C` interleaved channels of type `T`, row by row from the top, without padding.
///
/// Image bytes are private: [`fmt::Debug`] prints the size and never a pixel.
#[derive(Clone, Default, PartialEq)]
pub struct Pixmap<T, const C: usize> {
    width: usize,
    height: usize,
    data: Vec<T>,
}

/// sRGB-encoded colour, 8 bits a channel.
pub type Rgb8 = Pixmap<u8, 3>;
/// sRGB-encoded colour with straight (not premultiplied) alpha, 8 bits a channel.
pub type Rgba8 = Pixmap<u8, 4>;
/// One channel of 8 bits: a mask (0 outside, 255 inside) or luma.
pub type Gray8 = Pixmap<u8, 1>;
/// Linear-light colour with sRGB primaries; 1.0 is paper white and more is allowed.
pub type RgbF = Pixmap<f32, 3>;
/// One channel of floats: a matte (0 to 1) or a luminance.
pub type Plane = Pixmap<f32, 1>;

impl<T: Copy + Default, const C: usize> Pixmap<T, C> {
    /// A picture of default (black, transparent) pixels.
    pub fn new(width: usize, height: usize) -> Self {
        Pixmap { width, height, data: vec![T::default(); width * height * C] }
    }

    /// A picture of one colour.
    pub fn filled(width: usize, height: usize, pixel: [T; C]) -> Self {
        let mut data = Vec::with_capacity(width * height * C);
        for _ in 0..width * height {
            data.extend_from_slice(&pixel);
        }
        Pixmap { width, height, data }
    }

    /// Takes `width * height * C` values, row by row; `None` when there are more or fewer.
    pub fn from_vec(width: usize, height: usize, data: Vec<T>) -> Option<Self> {
        (width.checked_mul(height)?.checked_mul(C)? == data.len()).then_some(Pixmap { width, height, data })
    }

    /// A picture computed pixel by pixel from its column and row.
    pub fn from_fn(width: usize, height: usize, mut pixel: impl FnMut(usize, usize) -> [T; C]) -> Self {
        let mut data = Vec::with_capacity(width * height * C);
        for y in 0..height {
            for x in 0..width {
                data.extend_from_slice(&pixel(x, y));
            }
        }
        Pixmap { width, height, data }
    }

    /// Pixels across.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels down.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Both sides.
    pub fn size(&self) -> Size {
        Size::new(self.width as u32, self.height as u32)
    }

    /// All values, row by row.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// All values, row by row, to change.
    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// All values, given away.
    pub fn into_vec(self) -> Vec<T> {
        self.data
    }

    /// The pixel at column `x` and row `y`, which must be inside.
    pub fn get(&self, x: usize, y: usize) -> [T; C] {
        self.row(y)[x]
    }

    /// The pixel at the nearest place inside.
    pub fn get_clamped(&self, x: isize, y: isize) -> [T; C] {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.get(x, y)
    }

    /// Changes the pixel at column `x` and row `y`, which must be inside.
    pub fn set(&mut self, x: usize, y: usize, pixel: [T; C]) {
        self.row_mut(y)[x] = pixel;
    }

    /// Row `y` as pixels.
    pub fn row(&self, y: usize) -> &[[T; C]] {
        let start = y * self.width * C;
        self.data[start..start + self.width * C].as_chunks().0
    }

    /// Row `y` as pixels, to change.
    pub fn row_mut(&mut self, y: usize) -> &mut [[T; C]] {
        let start = y * self.width * C;
        self.data[start..start + self.width * C].as_chunks_mut().0
    }

    /// All pixels, row by row.
    pub fn pixels(&self) -> &[[T; C]] {
        self.data.as_chunks().0
    }

    /// All pixels, row by row, to change.
    pub fn pixels_mut(&mut self) -> &mut [[T; C]] {
        self.data.as_chunks_mut().0
    }

    /// The part from column `x` and row `y` of the given size, cut off where the picture ends.
    pub fn crop(&self, x: usize, y: usize, width: usize, height: usize) -> Self {
        let x = x.min(self.width);
        let y = y.min(self.height);
        let width = width.min(self.width - x);
        let height = height.min(self.height - y);
        let mut data = Vec::with_capacity(width * height * C);
        for row in y..y + height {
            data.extend_from_slice(self.row(row)[x..x + width].as_flattened());
        }
        Pixmap { width, height, data }
    }

    /// The picture with every pixel changed by `f`.
    pub fn map<U: Copy + Default, const D: usize>(
        &self,
        mut f: impl FnMut([T; C]) -> [U; D],
    ) -> Pixmap<U, D> {
        let mut data = Vec::with_capacity(self.width * self.height * D);
        for pixel in self.pixels() {
            data.extend_from_slice(&f(*pixel));
        }
        Pixmap { width: self.width, height: self.height, data }
    }

    /// The picture mirrored left to right.
    pub fn mirrored(mut self) -> Self {
        for y in 0..self.height {
            self.row_mut(y).reverse();
        }
        self
    }
}

impl<T, const C: usize> fmt::Debug for Pixmap<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pixmap({}×{}×{C})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crop_stays_inside() {
        let picture = Gray8::from_fn(4, 3, |x, y| [(10 * y + x) as u8]);
        assert_eq!(picture.crop(2, 1, 9, 9).data(), [12, 13, 22, 23]);
        assert_eq!(picture.crop(9, 9, 1, 1).data(), [] as [u8; 0]);
        assert_eq!(picture.get_clamped(-5, 7), [20]);
    }

    #[test]
    fn debug_prints_no_pixel() {
        assert_eq!(format!("{:?}", Rgb8::filled(2, 1, [1, 2, 3])), "Pixmap(2×1×3)");
    }
}
