//! Paints a title so that it can be read: whatever is behind it, the contrast is measured and made to suffice.
//!
//! The style's own treatment comes first. Where the pixels around the letters then lack contrast, more is done, a step at a
//! time: a soft shade, an outline, a plate. The last of these always suffices, because the palette's ink and accent
//! stand out from its edge colour.

use domain::style::thumbnail::{Highlight, Palette, Plate, Shadow, TitleLook};
use imaging::{Gray8, Plane, Rect, RgbF};
use rayon::prelude::*;
use tiny_skia::{FillRule, Mask, PathBuilder, Transform};

use super::colour::{self, AIM, Light, contrast, cover, light, luminance};
use super::place::TitleBox;
use super::{blur, distance};
use crate::text::Block;
use crate::text::fonts::fonts;

/// What had to be added to the style for the title to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// Nothing: the style sufficed.
    #[default]
    None,
    /// A soft shade around the letters.
    Shade,
    /// An outline.
    Outline,
    /// A plate under every line.
    Plate,
}

const STEPS: [Support; 4] = [Support::None, Support::Shade, Support::Outline, Support::Plate];

/// Width of a full outline, in em.
const OUTLINE: f32 = 0.13;
/// Room between letters and the rim of a plate, in em.
const PLATE: f32 = 0.17;
/// Room between letters and the rim of a highlight's bar, in em.
const BAR: f32 = 0.10;
/// How far around the letters the background is measured, in em, and never less than two pixels.
const AROUND: f32 = 0.03;

/// Room that a title's treatment takes around its letters, in em.
pub(super) fn padding(look: &TitleLook) -> f32 {
    let outline = look.outline.get() * OUTLINE;
    let plate = if look.plate == Plate::None { 0.0 } else { PLATE };
    let bar = if look.highlight == Highlight::Bar { BAR } else { 0.0 };
    let shadow = if look.shadow == Shadow::Hard { 0.06 } else { 0.0 };
    (outline + shadow).max(plate).max(bar).max(0.05)
}

/// A painted title.
pub(super) struct Painted {
    /// The upright box around its ink, in the picture's pixels.
    pub area: Rect,
    /// The least contrast of its letters with what is around them; `None` when it has no letters, only pictures.
    pub contrast: Option<f32>,
    /// What was added to the style.
    pub support: Support,
}

/// Where a block stands within its box: its middle, and the upright box around its ink.
pub(super) fn stand(block: &Block, place: &TitleBox, padding: f32) -> (f32, f32, Rect) {
    let pad = padding * block.size;
    let (w, h) = block.extent(pad);
    let align = if block.right_to_left { 1.0 - place.align } else { place.align };
    let x = place.area.x + (place.area.width - w).max(0.0) * align + w / 2.0;
    let y = place.area.y + (place.area.height - h).max(0.0) * place.drop + h / 2.0;
    let (iw, ih) = block.extent(0.0);
    (x, y, Rect::new(x - iw / 2.0, y - ih / 2.0, iw, ih))
}

/// Paints a block into a box, with as much support as it needs.
pub(super) fn paint(
    picture: &mut RgbF,
    block: &Block,
    place: &TitleBox,
    look: &TitleLook,
    palette: &Palette,
) -> Painted {
    let (x, y, area) = stand(block, place, padding(look));
    let letters = Letters::new(block, block.transform(x, y), place.area, picture.width(), picture.height());
    let mut best: Option<(RgbF, Painted)> = None;
    for support in STEPS {
        let mut attempt = letters.region(picture);
        letters.treat(&mut attempt, block, look, palette, support);
        let contrast = letters.contrast(&attempt);
        let enough = contrast.is_none_or(|contrast| contrast >= AIM);
        if enough || best.as_ref().is_none_or(|(_, b)| contrast > b.contrast) {
            best = Some((attempt, Painted { area, contrast, support }));
        }
        if enough {
            break;
        }
    }
    // STEPS is not empty, so there is a best.
    let (region, painted) =
        best.unwrap_or((RgbF::new(0, 0), Painted { area, contrast: None, support: Support::None }));
    letters.put_back(picture, &region);
    painted
}

/// The letters as masks, in a part of the picture.
struct Letters {
    x0: usize,
    y0: usize,
    to_region: Transform,
    size: f32,
    /// The title's box, in the region's pixels: no treatment is painted outside.
    bounds: Rect,
    plain: Gray8,
    marked: Gray8,
    emoji: tiny_skia::Pixmap,
    /// Pixels from any of them.
    field: Plane,
    plain_field: Plane,
    marked_field: Plane,
}

impl Letters {
    fn new(block: &Block, transform: Transform, bounds: Rect, width: usize, height: usize) -> Letters {
        // A margin of a pixel for soft edges; nothing of a title is painted outside its box.
        let x0 = (bounds.x - 1.0).floor().clamp(0.0, width as f32 - 1.0) as usize;
        let y0 = (bounds.y - 1.0).floor().clamp(0.0, height as f32 - 1.0) as usize;
        let x1 = ((bounds.right() + 1.0).ceil() as usize).clamp(x0 + 1, width);
        let y1 = ((bounds.bottom() + 1.0).ceil() as usize).clamp(y0 + 1, height);
        let (w, h) = (x1 - x0, y1 - y0);
        let to_region = Transform::from_translate(-(x0 as f32), -(y0 as f32)).pre_concat(transform);
        let mask = || Mask::new(w as u32, h as u32);
        let (mut plain, mut marked) = (mask(), mask());
        let mut emoji = tiny_skia::Pixmap::new(w as u32, h as u32);
        for set in &block.lines {
            let place = to_region.pre_concat(set.place);
            let groups = [(&mut plain, &set.line.plain), (&mut marked, &set.line.marked)];
            for (mask, path) in groups {
                if let (Some(mask), Some(path)) = (mask.as_mut(), path) {
                    mask.fill_path(path, FillRule::Winding, true, place);
                }
            }
            if let (Some(target), false) = (emoji.as_mut(), set.line.emoji.is_empty()) {
                let fonts = &mut fonts();
                set.line.emoji.iter().for_each(|picture| picture.draw(fonts, target, place));
            }
        }
        let gray = |mask: Option<Mask>| {
            mask.and_then(|mask| Gray8::from_vec(w, h, mask.take())).unwrap_or_else(|| Gray8::new(w, h))
        };
        let (plain, marked) = (gray(plain), gray(marked));
        // A picture of 1 × 1 pixels always exists.
        let emoji = emoji.or_else(|| tiny_skia::Pixmap::new(1, 1)).unwrap_or_else(|| unreachable!());
        let pictures =
            Gray8::from_fn(w, h, |x, y| [emoji.pixel(x as u32, y as u32).map_or(0, |p| p.alpha())]);
        let (plain_field, marked_field) = (distance::outside(&plain), distance::outside(&marked));
        let emoji_field = distance::outside(&pictures);
        let mut field = plain_field.clone();
        for (i, value) in field.data_mut().iter_mut().enumerate() {
            *value = value.min(marked_field.data()[i]).min(emoji_field.data()[i]);
        }
        let bounds = Rect::new(bounds.x - x0 as f32, bounds.y - y0 as f32, bounds.width, bounds.height);
        Letters {
            x0,
            y0,
            to_region,
            size: block.size,
            bounds,
            plain,
            marked,
            emoji,
            field,
            plain_field,
            marked_field,
        }
    }

    fn region(&self, picture: &RgbF) -> RgbF {
        picture.crop(self.x0, self.y0, self.plain.width(), self.plain.height())
    }

    fn put_back(&self, picture: &mut RgbF, region: &RgbF) {
        for y in 0..region.height() {
            picture.row_mut(self.y0 + y)[self.x0..self.x0 + region.width()].copy_from_slice(region.row(y));
        }
    }

    /// Everything that belongs to the title, from the back to the front.
    fn treat(&self, region: &mut RgbF, block: &Block, look: &TitleLook, palette: &Palette, support: Support) {
        let edge = light(palette.edge);
        let fill = light(colour::standing_out(palette.colour(look.fill), palette.edge));
        let accent = light(palette.accent);
        if support >= Support::Shade {
            self.shade(region, edge);
        }
        let plate =
            if support == Support::Plate && look.plate == Plate::None { Plate::Lines } else { look.plate };
        self.plates(region, block, plate, edge);
        self.shadow(region, look.shadow, edge, accent);
        let own = look.outline.get() * OUTLINE;
        let outline = if support >= Support::Outline { own.max(0.07) } else { own } * self.size;
        if outline > 0.0 {
            let field = self.field.data();
            paint_over(region, edge, |i| (outline - field[i] + 0.5).clamp(0.0, 1.0));
        }
        let mut marked = accent;
        match look.highlight {
            Highlight::Colour => {}
            Highlight::Bar => {
                self.bars(region, block, accent);
                marked = light(colour::standing_out(palette.edge, palette.accent));
            }
            Highlight::Underline => self.underline(region, block, accent),
        }
        let (plain_mask, marked_mask) = (self.plain.data(), self.marked.data());
        paint_over(region, fill, |i| f32::from(plain_mask[i]) / 255.0);
        paint_over(region, marked, |i| f32::from(marked_mask[i]) / 255.0);
        self.pictures(region);
    }

    /// A soft shade: full at the letters, gone half an em away, and nothing at the box's rim.
    fn shade(&self, region: &mut RgbF, edge: Light) {
        let reach = 0.55 * self.size;
        let (w, bounds) = (region.width(), self.bounds);
        let field = self.field.data();
        paint_over(region, edge, |i| {
            let (x, y) = ((i % w) as f32 + 0.5, (i / w) as f32 + 0.5);
            let rim = (x - bounds.x).min(bounds.right() - x).min(y - bounds.y).min(bounds.bottom() - y);
            let rim = (rim / (0.12 * self.size)).clamp(0.0, 1.0);
            let near = (1.0 - field[i] / reach).clamp(0.0, 1.0);
            0.82 * near * near * (3.0 - 2.0 * near) * rim
        });
    }

    fn shadow(&self, region: &mut RgbF, shadow: Shadow, edge: Light, accent: Light) {
        let (w, h) = (region.width(), region.height());
        let moved = |mask: &dyn Fn(usize) -> f32, dx: isize, dy: isize| -> Vec<f32> {
            (0..w * h)
                .map(|i| {
                    let (x, y) = ((i % w) as isize - dx, (i / w) as isize - dy);
                    if x < 0 || y < 0 || x >= w as isize || y >= h as isize {
                        0.0
                    } else {
                        mask(y as usize * w + x as usize)
                    }
                })
                .collect()
        };
        let field = self.field.data();
        let solid = |i: usize| (0.5 - field[i] + 0.03 * self.size).clamp(0.0, 1.0);
        match shadow {
            Shadow::None => {}
            Shadow::Soft => {
                let step = (0.045 * self.size).round() as isize;
                let mask = Plane::from_vec(w, h, moved(&solid, 0, step)).unwrap_or_else(|| Plane::new(w, h));
                let soft = blur::plane(&mask, 0.055 * self.size);
                paint_over(region, edge, |i| 0.8 * soft.data()[i]);
            }
            Shadow::Hard => {
                // Many copies along the way make one solid body.
                let reach = 0.085 * self.size;
                let steps = reach.ceil().max(1.0) as isize;
                let mut body = vec![0.0f32; w * h];
                for step in 1..=steps {
                    let copy = moved(&|i| (0.5 - field[i]).clamp(0.0, 1.0), step, step);
                    body.iter_mut().zip(copy).for_each(|(b, c)| *b = b.max(c));
                }
                paint_over(region, edge, |i| body[i]);
            }
            Shadow::Neon => {
                let mask = Plane::from_vec(w, h, (0..w * h).map(solid).collect())
                    .unwrap_or_else(|| Plane::new(w, h));
                let (near, far) = (blur::plane(&mask, 0.07 * self.size), blur::plane(&mask, 0.2 * self.size));
                paint_over(region, accent, |i| (0.42 * near.data()[i] + 0.4 * far.data()[i]).min(0.6));
            }
        }
    }

    fn plates(&self, region: &mut RgbF, block: &Block, plate: Plate, colour: Light) {
        let room = PLATE * self.size;
        match plate {
            Plate::None => {}
            Plate::Lines => {
                let inks: Vec<tiny_skia::Rect> = block.lines.iter().map(|set| set.ink).collect();
                self.rects(
                    region,
                    inks.iter().map(|ink| grown(*ink, room * 1.15, room * 0.85)),
                    0.06,
                    colour,
                );
            }
            Plate::Card => self.rects(region, [grown(block.ink, room * 1.2, room)].into_iter(), 0.14, colour),
        }
    }

    fn bars(&self, region: &mut RgbF, block: &Block, colour: Light) {
        let bars = block.marks().filter_map(|(span, set)| {
            let room = BAR * set.size;
            let bar = tiny_skia::Rect::from_ltrb(span.start, set.ink.top(), span.end, set.ink.bottom())?;
            Some(grown(bar, room, room * 0.8))
        });
        self.rects(region, bars, 0.05, colour);
    }

    /// A stroke of the pen under each highlighted word, which leaves out what hangs down.
    fn underline(&self, region: &mut RgbF, block: &Block, colour: Light) {
        let mut path = PathBuilder::new();
        for (span, set) in block.marks() {
            let (y, thick) = (set.place.ty + 0.10 * set.size, 0.085 * set.size);
            let (l, r) = (span.start, span.end);
            // Thicker to the right, and a little bent, as a hand would draw it.
            path.move_to(l, y + thick * 0.55);
            path.quad_to((l + r) / 2.0, y - thick * 0.25, r, y);
            path.line_to(r, y + thick);
            path.quad_to((l + r) / 2.0, y + thick * 0.7, l, y + thick * 0.95);
            path.close();
        }
        let Some(path) = path.finish() else { return };
        let Some(mask) = self.mask(&path) else { return };
        let field = self.field.data();
        let gap = AROUND * self.size + 3.0;
        let data = mask.data();
        paint_over(region, colour, |i| f32::from(data[i]) / 255.0 * (field[i] - gap).clamp(0.0, 1.0));
    }

    /// Rounded rectangles in the block's own, turned, places; cut off at the title's box.
    fn rects(
        &self,
        region: &mut RgbF,
        rects: impl Iterator<Item = tiny_skia::Rect>,
        radius: f32,
        colour: Light,
    ) {
        let mut path = PathBuilder::new();
        for rect in rects {
            rounded(&mut path, rect, (radius * self.size).min(rect.height() / 2.0).min(rect.width() / 2.0));
        }
        let Some(mask) = path.finish().and_then(|path| self.mask(&path)) else { return };
        let data = mask.data();
        let (w, bounds) = (region.width(), self.bounds);
        paint_over(region, colour, |i| {
            let (x, y) = ((i % w) as f32 + 0.5, (i / w) as f32 + 0.5);
            let inside = x > bounds.x && x < bounds.right() && y > bounds.y && y < bounds.bottom();
            if inside { f32::from(data[i]) / 255.0 } else { 0.0 }
        });
    }

    fn mask(&self, path: &tiny_skia::Path) -> Option<Mask> {
        let mut mask = Mask::new(self.plain.width() as u32, self.plain.height() as u32)?;
        mask.fill_path(path, FillRule::Winding, true, self.to_region);
        Some(mask)
    }

    fn pictures(&self, region: &mut RgbF) {
        let pixels = self.emoji.pixels();
        if pixels.len() != region.pixels().len() {
            return;
        }
        region.pixels_mut().par_iter_mut().zip(pixels.par_iter()).for_each(|(under, over)| {
            if over.alpha() > 0 {
                let plain = over.demultiply();
                let colour = [plain.red(), plain.green(), plain.blue()].map(imaging::linear::to_linear);
                *under = cover(*under, colour, f32::from(over.alpha()) / 255.0);
            }
        });
    }

    /// The least contrast of letters with what is around them, in the pixels as they are.
    ///
    /// The letters' luminance is their median; what is around is a ring about each group, of which the hardest fiftieth
    /// is set aside as specks that no eye sees.
    fn contrast(&self, region: &RgbF) -> Option<f32> {
        let around = (AROUND * self.size).max(2.0);
        let groups = [(&self.plain, &self.plain_field), (&self.marked, &self.marked_field)];
        let measured = groups.into_iter().filter_map(|(mask, field)| {
            let mut letters = Vec::new();
            let mut ring = Vec::new();
            for (i, pixel) in region.pixels().iter().enumerate() {
                // What is written to eight bits is what is measured.
                if mask.data()[i] >= 252 {
                    letters.push(luminance(*pixel));
                } else if (0.9..=0.9 + around).contains(&field.data()[i]) && self.field.data()[i] >= 0.9 {
                    ring.push(luminance(*pixel));
                }
            }
            if letters.is_empty() || ring.is_empty() {
                return None;
            }
            letters.sort_by(f32::total_cmp);
            ring.sort_by(f32::total_cmp);
            let ink = letters[letters.len() / 2];
            let (low, high) = (ring[ring.len() / 50], ring[ring.len() - 1 - ring.len() / 50]);
            Some(if ink > high {
                contrast(ink, high)
            } else if ink < low {
                contrast(ink, low)
            } else {
                1.0
            })
        });
        measured.reduce(f32::min)
    }
}

fn paint_over(region: &mut RgbF, colour: Light, alpha: impl Fn(usize) -> f32 + Sync) {
    region.pixels_mut().par_iter_mut().enumerate().for_each(|(i, pixel)| {
        let a = alpha(i);
        if a > 0.0 {
            *pixel = cover(*pixel, colour, a.min(1.0));
        }
    });
}

fn grown(rect: tiny_skia::Rect, x: f32, y: f32) -> tiny_skia::Rect {
    rect.outset(x, y).unwrap_or(rect)
}

fn rounded(path: &mut PathBuilder, rect: tiny_skia::Rect, r: f32) {
    // A quarter circle as a cubic: the usual 0.5523.
    let k = r * (1.0 - 0.552_284_8);
    let (l, t, rt, b) = (rect.left(), rect.top(), rect.right(), rect.bottom());
    path.move_to(l + r, t);
    path.line_to(rt - r, t);
    path.cubic_to(rt - k, t, rt, t + k, rt, t + r);
    path.line_to(rt, b - r);
    path.cubic_to(rt, b - k, rt - k, b, rt - r, b);
    path.line_to(l + r, b);
    path.cubic_to(l + k, b, l, b - k, l, b - r);
    path.line_to(l, t + r);
    path.cubic_to(l, t + k, l + k, t, l + r, t);
    path.close();
}
