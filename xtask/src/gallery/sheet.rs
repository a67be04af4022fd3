//! A contact sheet: pictures in a tidy grid, a caption under each.

use ab_glyph::{Font, FontVec, PxScale, ScaleFont, point};
use imaging::{Resizable, Rgb8};

const GAP: usize = 16;
const CAPTION: usize = 30;
const LETTERS: f32 = 19.0;
const PAPER: [u8; 3] = [250, 250, 249];
const INK: [u8; 3] = [56, 58, 62];

/// Pictures and their captions, in rows of a fixed number.
pub(crate) struct Sheet {
    columns: usize,
    width: usize,
    height: usize,
    cells: Vec<(String, Rgb8)>,
}

impl Sheet {
    /// An empty sheet of cells of `width` × `height` pixels.
    pub(crate) fn new(columns: usize, width: usize, height: usize) -> Sheet {
        Sheet { columns: columns.max(1), width, height, cells: Vec::new() }
    }

    /// Adds a picture, which has the shape of a cell.
    pub(crate) fn add(&mut self, caption: impl Into<String>, picture: &Rgb8) {
        self.cells.push((caption.into(), picture.resized(self.width, self.height)));
    }

    /// Adds a copy of another sheet's picture of this number, where it has one.
    pub(crate) fn copy(&mut self, other: &Sheet, number: usize) {
        self.cells.extend(other.cells.get(number).cloned());
    }

    /// How many pictures there are.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether nothing was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The sheet as one picture.
    pub(crate) fn paint(&self, font: &FontVec) -> Rgb8 {
        let columns = self.columns.min(self.cells.len()).max(1);
        let rows = self.cells.len().div_ceil(columns);
        let (across, down) = (self.width + GAP, self.height + CAPTION + GAP);
        let mut sheet = Rgb8::filled(GAP + columns * across, GAP + rows * down, PAPER);
        for (n, (caption, picture)) in self.cells.iter().enumerate() {
            let (left, top) = (GAP + n % columns * across, GAP + n / columns * down);
            for y in 0..self.height {
                sheet.row_mut(top + y)[left..left + self.width].copy_from_slice(picture.row(y));
            }
            write(&mut sheet, font, caption, (left, top + self.height), self.width);
        }
        sheet
    }
}

/// Writes one line below `(left, top)`, no wider than `width`.
fn write(sheet: &mut Rgb8, font: &FontVec, text: &str, (left, top): (usize, usize), width: usize) {
    let font = font.as_scaled(PxScale::from(LETTERS));
    let baseline = top as f32 + (CAPTION as f32 + font.ascent() + font.descent()) / 2.0;
    let mut x = left as f32;
    for character in text.chars() {
        let id = font.glyph_id(character);
        if x + font.h_advance(id) > (left + width) as f32 {
            break;
        }
        let glyph = id.with_scale_and_position(PxScale::from(LETTERS), point(x, baseline));
        x += font.h_advance(id);
        if let Some(outline) = font.outline_glyph(glyph) {
            let bounds = outline.px_bounds();
            outline.draw(|dx, dy, cover| {
                let (px, py) = (bounds.min.x as usize + dx as usize, bounds.min.y as usize + dy as usize);
                if px < sheet.width() && py < sheet.height() {
                    let under = sheet.get(px, py);
                    let mix = |i: usize| {
                        (f32::from(under[i]) + (f32::from(INK[i]) - f32::from(under[i])) * cover).round()
                            as u8
                    };
                    sheet.set(px, py, [mix(0), mix(1), mix(2)]);
                }
            });
        }
    }
}
