//! Paints a title so that it can be read: whatever is behind it, the contrast is measured and made to suffice.
//!
//! The style's own treatment comes first. Where the pixels around the letters then lack contrast, more is done, a step at a
//! time: a soft shade, an outline, a plate. The last of these always suffices, because the palette's ink and accent
//! stand out from its edge colour.

mod measure;
mod treatment;

use domain::style::thumbnail::{Highlight, Palette, Plate, Shadow, TitleLook};
use imaging::{Gray8, Plane, Rect, RgbF};
use tiny_skia::{FillRule, Mask, Transform};

use super::colour::AIM;
use super::distance;
use super::place::TitleBox;
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
}
