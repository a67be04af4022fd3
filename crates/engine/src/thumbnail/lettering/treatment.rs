//! What a style does around letters: shades, shadows, plates, bars, underlines and outlines, from the back to the front.

use domain::style::thumbnail::{Highlight, Palette, Plate, Shadow, TitleLook};
use imaging::{Plane, RgbF};
use rayon::prelude::*;
use tiny_skia::{FillRule, Mask, PathBuilder};

use super::super::blur;
use super::super::colour::{self, Light, cover, light};
use super::{AROUND, BAR, Letters, OUTLINE, PLATE, Support};
use crate::text::Block;

impl Letters {
    /// Everything that belongs to the title, from the back to the front.
    pub(super) fn treat(
        &self,
        region: &mut RgbF,
        block: &Block,
        look: &TitleLook,
        palette: &Palette,
        support: Support,
    ) {
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
