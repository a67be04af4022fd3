//! Luma and colour differences to RGB, by ITU-T H.273 (8.3, matrix coefficients).

use super::bmff::CodePoints;
use crate::pixmap::{Gray8, Pixmap, Rgb8};

/// One plane of samples of up to 16 bits.
pub(super) type Samples = Pixmap<u16, 1>;

/// A decoded frame.
pub(super) struct Frame {
    /// Luma at full size.
    pub(super) luma: Samples,
    /// Both colour differences, at half size in one direction or both, or at full size; none in a grey frame.
    pub(super) chroma: Option<[Samples; 2]>,
    /// Bits of a sample: 8, 10 or 12.
    pub(super) bits: u32,
}

/// The share of red and of blue in luma, by H.273, table 4; `None` for what is not a plain matrix.
fn shares(matrix: u8) -> Option<(f32, f32)> {
    Some(match matrix {
        1 => (0.2126, 0.0722),
        4 => (0.30, 0.11),
        // What is unspecified is taken as MIAF (ISO/IEC 23000-22, 7.3.6.4) says: BT.601.
        2 | 5 | 6 => (0.299, 0.114),
        7 => (0.212, 0.087),
        9 => (0.2627, 0.0593),
        _ => return None,
    })
}

const IDENTITY: u8 = 0;

/// Whether frames of these code points can be turned to RGB.
pub(super) fn is_known(code: CodePoints) -> bool {
    code.matrix == IDENTITY || shares(code.matrix).is_some()
}

/// A grey frame to full-range grey.
pub(super) fn to_gray(frame: &Frame, full_range: bool) -> Gray8 {
    let luma = Scale::luma(frame.bits, full_range);
    frame.luma.map(|[y]| [to_8_bits(luma.apply(y))])
}

/// A frame to full-range RGB. Colour differences are brought to full size by interpolation, their samples lying
/// in the middle of the pixels that they cover.
pub(super) fn to_rgb(frame: Frame, code: CodePoints) -> Option<Rgb8> {
    let (width, height) = (frame.luma.width(), frame.luma.height());
    let chroma = frame.chroma?.map(|plane| full_size(plane, width, height, frame.bits));
    let luma = Scale::luma(frame.bits, code.full_range);
    let [cb, cr] = &chroma;
    let difference = Scale::chroma(frame.bits, code.full_range);
    let convert = Matrix::new(code.matrix)?;
    Some(Rgb8::from_fn(width, height, |x, y| {
        let [g, b, r] = [&frame.luma, cb, cr].map(|plane| plane.get(x, y)[0]);
        let rgb = match &convert {
            Matrix::Identity => [r, g, b].map(|v| luma.apply(v)),
            Matrix::Shares(m) => m.apply(luma.apply(g), difference.apply(b), difference.apply(r)),
        };
        rgb.map(to_8_bits)
    }))
}

fn to_8_bits(value: f32) -> u8 {
    (value * 255.0 + 0.5) as u8
}

fn full_size(plane: Samples, width: usize, height: usize, bits: u32) -> Samples {
    if (plane.width(), plane.height()) == (width, height) {
        return plane;
    }
    // An odd side's last sample covers a pixel that is not there.
    let full = |part: usize, whole: usize| if part == whole { part } else { 2 * part };
    let (w, h) = (full(plane.width(), width), full(plane.height(), height));
    plane.interpolated(w, h, bits).crop(0, 0, width, height)
}

/// Stored integers to 0..1 (luma) or -0.5..0.5 (colour differences).
struct Scale {
    zero: f32,
    factor: f32,
}

impl Scale {
    fn luma(bits: u32, full_range: bool) -> Self {
        let unit = (1u32 << (bits - 8)) as f32;
        if full_range {
            Scale { zero: 0.0, factor: 1.0 / ((1u32 << bits) - 1) as f32 }
        } else {
            Scale { zero: 16.0 * unit, factor: 1.0 / (219.0 * unit) }
        }
    }

    fn chroma(bits: u32, full_range: bool) -> Self {
        let unit = (1u32 << (bits - 8)) as f32;
        let range = if full_range { ((1u32 << bits) - 1) as f32 } else { 224.0 * unit };
        Scale { zero: 128.0 * unit, factor: 1.0 / range }
    }

    fn apply(&self, value: u16) -> f32 {
        (f32::from(value) - self.zero) * self.factor
    }
}

enum Matrix {
    Identity,
    Shares(Shares),
}

/// The three equations of H.273 solved for red, green and blue.
struct Shares {
    red: f32,
    blue: f32,
    green_of_cb: f32,
    green_of_cr: f32,
}

impl Matrix {
    fn new(matrix: u8) -> Option<Self> {
        if matrix == IDENTITY {
            return Some(Matrix::Identity);
        }
        let (kr, kb) = shares(matrix)?;
        let kg = 1.0 - kr - kb;
        let (red, blue) = (2.0 * (1.0 - kr), 2.0 * (1.0 - kb));
        Some(Matrix::Shares(Shares { red, blue, green_of_cb: kb * blue / kg, green_of_cr: kr * red / kg }))
    }
}

impl Shares {
    fn apply(&self, y: f32, cb: f32, cr: f32) -> [f32; 3] {
        [y + self.red * cr, y - self.green_of_cb * cb - self.green_of_cr * cr, y + self.blue * cb]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(y: u16, cb: u16, cr: u16, bits: u32, matrix: u8, full_range: bool) -> [u8; 3] {
        let plane = |v| Samples::filled(1, 1, [v]);
        let frame = Frame { luma: plane(y), chroma: Some([plane(cb), plane(cr)]), bits };
        let code = CodePoints { primaries: 1, transfer: 13, matrix, full_range };
        to_rgb(frame, code).unwrap().get(0, 0)
    }

    #[test]
    fn known_colours_come_out() {
        // Limited BT.601 and BT.709 of pure red; Poynton, Digital Video and HD, chapter 25.
        assert_eq!(pixel(81, 90, 240, 8, 6, false), [254, 0, 0]);
        assert_eq!(pixel(63, 102, 240, 8, 1, false), [255, 1, 0]);
        assert_eq!(pixel(235, 128, 128, 8, 9, false), [255; 3]);
        assert_eq!(pixel(16, 128, 128, 8, 1, false), [0; 3]);
        assert_eq!(pixel(1023, 512, 512, 10, 6, true), [255; 3]);
        assert_eq!(pixel(940, 512, 512, 10, 1, false), [255; 3]);
        assert_eq!(pixel(7, 9, 11, 8, IDENTITY, true), [11, 7, 9]);
    }

    #[test]
    fn half_size_colour_is_interpolated() {
        let luma = Samples::filled(5, 3, [128]);
        let chroma = Samples::from_vec(3, 2, vec![128, 128, 255, 128, 128, 255]).unwrap();
        let frame = Frame { luma, chroma: Some([chroma.clone(), chroma]), bits: 8 };
        let code = CodePoints { primaries: 1, transfer: 13, matrix: 6, full_range: true };
        let picture = to_rgb(frame, code).unwrap();
        assert_eq!(picture.size(), domain::Size::new(5, 3));
        let red: Vec<u8> = picture.row(1).iter().map(|p| p[0]).collect();
        assert!(red.is_sorted() && red[0] == 128 && red[4] > red[2], "{red:?}");
    }
}
