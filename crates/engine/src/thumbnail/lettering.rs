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
    head: Option<Rect>,
    look: &TitleLook,
    palette: &Palette,
) -> Painted {
    let (x, y, area) = stand(block, place, padding(look));
    let size = (picture.width(), picture.height());
    let letters = Letters::new(block, block.transform(x, y), place.area, head, size);
    let mut best: Option<(RgbF, Painted)> = None;
    for support in STEPS {
        if support == Support::Shade && !letters.shade_suits(picture, palette) {
            continue;
        }
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
    /// The title's box, in the region's pixels: nothing with an edge is painted outside.
    bounds: Rect,
    /// The head, in the region's pixels: not even a shade falls on it.
    head: Option<Rect>,
    plain: Gray8,
    marked: Gray8,
    emoji: Option<tiny_skia::Pixmap>,
    /// Pixels from any of them.
    field: Plane,
    plain_field: Plane,
    marked_field: Plane,
}

impl Letters {
    fn new(
        block: &Block,
        transform: Transform,
        bounds: Rect,
        head: Option<Rect>,
        (width, height): (usize, usize),
    ) -> Letters {
        // The turned block, and around it what a shade or a shine reaches.
        let (w, h) = block.extent(0.7 * block.size);
        let reach = Rect::new(transform.tx - w / 2.0, transform.ty - h / 2.0, w, h);
        let x0 = reach.x.floor().clamp(0.0, width as f32 - 1.0) as usize;
        let y0 = reach.y.floor().clamp(0.0, height as f32 - 1.0) as usize;
        let x1 = (reach.right().ceil().max(0.0) as usize).clamp(x0 + 1, width);
        let y1 = (reach.bottom().ceil().max(0.0) as usize).clamp(y0 + 1, height);
        let (w, h) = (x1 - x0, y1 - y0);
        let to_region = Transform::from_translate(-(x0 as f32), -(y0 as f32)).pre_concat(transform);
        let mask = || Mask::new(w as u32, h as u32);
        let (mut plain, mut marked) = (mask(), mask());
        let any_emoji = block.lines.iter().any(|set| !set.line.emoji.is_empty());
        let mut emoji = any_emoji.then(|| tiny_skia::Pixmap::new(w as u32, h as u32)).flatten();
        for set in &block.lines {
            let place = to_region.pre_concat(set.place);
            let groups = [(&mut plain, &set.line.plain), (&mut marked, &set.line.marked)];
            for (mask, path) in groups {
                if let (Some(mask), Some(path)) = (mask.as_mut(), path) {
                    mask.fill_path(path, FillRule::Winding, true, place);
                }
            }
            if let Some(target) = emoji.as_mut() {
                let fonts = &mut fonts();
                set.line.emoji.iter().for_each(|picture| picture.draw(fonts, target, place));
            }
        }
        let gray = |mask: Option<Mask>| {
            mask.and_then(|mask| Gray8::from_vec(w, h, mask.take())).unwrap_or_else(|| Gray8::new(w, h))
        };
        let (plain, marked) = (gray(plain), gray(marked));
        let shapes = emoji.iter().flat_map(|emoji| emoji.pixels()).map(|p| p.alpha()).collect();
        let pictures = Gray8::from_vec(w, h, shapes).unwrap_or_else(|| Gray8::new(w, h));
        let (plain_field, marked_field) = (distance::outside(&plain), distance::outside(&marked));
        let emoji_field = distance::outside(&pictures);
        let mut field = plain_field.clone();
        for (i, value) in field.data_mut().iter_mut().enumerate() {
            *value = value.min(marked_field.data()[i]).min(emoji_field.data()[i]);
        }
        let local = |r: Rect| Rect::new(r.x - x0 as f32, r.y - y0 as f32, r.width, r.height);
        let (bounds, head) = (local(bounds), head.map(local));
        Letters {
            x0,
            y0,
            to_region,
            size: block.size,
            bounds,
            head,
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
        if support < Support::Plate {
            self.shadow(region, look.shadow, edge, accent);
        }
        let own = look.outline.get() * OUTLINE;
        let outline = if support >= Support::Outline { own.max(0.07) } else { own };
        // Thinner than two pixels an outline is a blur.
        let outline = if outline > 0.0 { (outline * self.size).max(2.5) } else { 0.0 };
        if outline > 0.0 {
            let field = self.field.data();
            paint_over(region, edge, |i| (outline - field[i] + 0.5).clamp(0.0, 1.0));
        }
        let mut marked = accent;
        // On plates the palette vouches for the accent; a bar or a stroke might touch a neighbour.
        let highlight = if support == Support::Plate { Highlight::Colour } else { look.highlight };
        match highlight {
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

    /// Whether a shade would look like one: what is behind the letters has to be on the edge colour's side already.
    /// On a bright sky a dark shade is a smudge, and an outline is cleaner.
    fn shade_suits(&self, picture: &RgbF, palette: &Palette) -> bool {
        let region = self.region(picture);
        let (mut sum, mut count) = (0.0, 0.0f32);
        for (pixel, distance) in region.pixels().iter().zip(self.field.data()) {
            if *distance < 0.3 * self.size {
                sum += luminance(*pixel).sqrt();
                count += 1.0;
            }
        }
        let behind = (sum / count.max(1.0)).powi(2);
        contrast(behind, palette.edge.luminance()) < 3.6
    }

    /// How much of something soft is painted at a pixel: nothing on the head.
    fn off_head(&self, i: usize) -> f32 {
        let Some(head) = self.head else { return 1.0 };
        let w = self.plain.width();
        let (x, y) = ((i % w) as f32 + 0.5, (i / w) as f32 + 0.5);
        let dx = (head.x - x).max(x - head.right()).max(0.0);
        let dy = (head.y - y).max(y - head.bottom()).max(0.0);
        (dx.hypot(dy) / (0.2 * self.size)).min(1.0)
    }

    /// A soft shade: full at the letters, gone half an em away.
    fn shade(&self, region: &mut RgbF, edge: Light) {
        let reach = 0.6 * self.size;
        let field = self.field.data();
        paint_over(region, edge, |i| {
            let near = (1.0 - field[i] / reach).clamp(0.0, 1.0);
            0.8 * near * near * (3.0 - 2.0 * near) * self.off_head(i)
        });
    }

    fn shadow(&self, region: &mut RgbF, shadow: Shadow, edge: Light, accent: Light) {
        match shadow {
            Shadow::None => {}
            Shadow::Soft => {
                let mask = self.moved(0, (0.045 * self.size).round() as isize, 0.03 * self.size);
                let soft = blur::plane(&mask, 0.055 * self.size);
                paint_over(region, edge, |i| 0.8 * soft.data()[i] * self.off_head(i));
            }
            Shadow::Hard => self.body(region, edge),
            Shadow::Neon => {
                let mask = self.moved(0, 0, 0.03 * self.size);
                let (near, far) =
                    (blur::plane(&mask, 0.07 * self.size), blur::plane(&mask, 0.18 * self.size));
                let shine = |i: usize| (0.42 * near.data()[i] + 0.4 * far.data()[i]).min(0.6);
                paint_over(region, accent, |i| shine(i) * self.off_head(i));
            }
        }
    }

    /// The letters grown by `grown` pixels and moved.
    fn moved(&self, dx: isize, dy: isize, grown: f32) -> Plane {
        let (w, h) = (self.field.width() as isize, self.field.height() as isize);
        Plane::from_fn(w as usize, h as usize, |x, y| {
            let (x, y) = (x as isize - dx, y as isize - dy);
            if x < 0 || y < 0 || x >= w || y >= h {
                return [0.0];
            }
            [(0.5 - self.field.get(x as usize, y as usize)[0] + grown).clamp(0.0, 1.0)]
        })
    }

    /// The letters as solid bodies: a hard shadow that runs to the lower right. Along each diagonal, a pixel is in the body
    /// when a letter lies at most `reach` before it.
    fn body(&self, region: &mut RgbF, edge: Light) {
        let (w, h) = (self.field.width(), self.field.height());
        let reach = 0.085 * self.size;
        let letter = self.moved(0, 0, 0.0);
        let mut body = Plane::new(w, h);
        // Steps since the letter, and how much of it there was, passed down the diagonal.
        let mut since = vec![(f32::INFINITY, 0.0f32); w + 1];
        for y in 0..h {
            for x in (0..w).rev() {
                let [own] = letter.get(x, y);
                let (steps, cover) = since[x];
                let (steps, cover) = if own >= 0.5 || own >= cover * (1.0 - steps / reach) {
                    (0.0, own)
                } else {
                    (steps + 1.0, cover)
                };
                let faded = cover * (reach - steps + 0.5).clamp(0.0, 1.0);
                body.set(x, y, [own.max(faded)]);
                since[x + 1] = (steps, cover);
            }
            since[0] = (f32::INFINITY, 0.0);
        }
        paint_over(region, edge, |i| body.data()[i]);
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
                    |_| 1.0,
                );
            }
            Plate::Card => {
                self.rects(region, [grown(block.ink, room * 1.2, room)].into_iter(), 0.14, colour, |_| 1.0)
            }
        }
    }

    fn bars(&self, region: &mut RgbF, block: &Block, colour: Light) {
        let bars = block.marks().filter_map(|(span, set)| {
            let room = BAR * set.size;
            let bar = tiny_skia::Rect::from_ltrb(span.start, set.ink.top(), span.end, set.ink.bottom())?;
            Some(grown(bar, room, room * 0.8))
        });
        // A bar leaves room around the letters beside it, as an underline does around what hangs down.
        let (field, gap) = (self.plain_field.data(), (AROUND * self.size).max(2.0) + 1.0);
        self.rects(region, bars, 0.05, colour, |i| (field[i] - gap).clamp(0.0, 1.0));
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
        keep: impl Fn(usize) -> f32 + Sync,
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
            if inside { f32::from(data[i]) / 255.0 * keep(i) } else { 0.0 }
        });
    }

    fn mask(&self, path: &tiny_skia::Path) -> Option<Mask> {
        let mut mask = Mask::new(self.plain.width() as u32, self.plain.height() as u32)?;
        mask.fill_path(path, FillRule::Winding, true, self.to_region);
        Some(mask)
    }

    fn pictures(&self, region: &mut RgbF) {
        let Some(pixels) = self.emoji.as_ref().map(|emoji| emoji.pixels()) else { return };
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
            let nth = |values: &mut [f32], n: usize| *values.select_nth_unstable_by(n, f32::total_cmp).1;
            let specks = ring.len() / 50;
            let last = ring.len() - 1;
            let middle = letters.len() / 2;
            let ink = nth(&mut letters, middle);
            let (low, high) = (nth(&mut ring, specks), nth(&mut ring, last - specks));
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
