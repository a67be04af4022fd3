//! Ornaments: a plate behind the head, a line around the picture, a bar beside the title, a mark in a corner.

use domain::Colour;
use domain::style::thumbnail::{Ornament, Palette};
use imaging::resize::Resizable;
use imaging::{Rect, RgbF, Rgba8, linear};

use super::colour::{cover, light};
use super::frame::Frame;
use super::scene::View;

/// Paints what lies behind the person.
pub(super) fn behind(picture: &mut RgbF, ornaments: &[Ornament], view: &View, palette: &Palette) {
    for ornament in ornaments {
        match ornament {
            Ornament::Disc { colour, ring } => disc(picture, view, palette.colour(*colour), *ring),
            Ornament::Viewfinder { colour } => viewfinder(picture, palette.colour(*colour)),
            Ornament::Border { .. } | Ornament::Rule { .. } => {}
        }
    }
}

/// Paints what lies before the person.
pub(super) fn before(picture: &mut RgbF, ornaments: &[Ornament], palette: &Palette) {
    for ornament in ornaments {
        if let Ornament::Border { colour, width } = ornament {
            border(picture, palette.colour(*colour), width.get());
        }
    }
}

fn blend(picture: &mut RgbF, colour: Colour, alpha: impl Fn(f32, f32) -> f32) {
    let colour = light(colour);
    for y in 0..picture.height() {
        for (x, pixel) in picture.row_mut(y).iter_mut().enumerate() {
            let a = alpha(x as f32 + 0.5, y as f32 + 0.5);
            if a > 0.0 {
                *pixel = cover(*pixel, colour, a.min(1.0));
            }
        }
    }
}

fn disc(picture: &mut RgbF, view: &View, colour: Colour, ring: bool) {
    let (cx, cy, r) = (view.focus.0, view.focus.1 + 0.08 * view.unit, 0.80 * view.unit);
    let thick = 0.055 * view.unit;
    blend(picture, colour, |x, y| {
        let d = (x - cx).hypot(y - cy);
        let inside = if ring { thick - (d - r).abs() } else { r - d };
        (inside + 0.5).clamp(0.0, 1.0)
    });
}

fn border(picture: &mut RgbF, colour: Colour, width: f32) {
    let (w, h) = (picture.width() as f32, picture.height() as f32);
    let width = width * 0.04 * w.min(h);
    blend(picture, colour, |x, y| (width - x.min(y).min(w - x).min(h - y) + 0.5).clamp(0.0, 1.0));
}

fn viewfinder(picture: &mut RgbF, colour: Colour) {
    let (w, h) = (picture.width() as f32, picture.height() as f32);
    let (inset, arm, thick) = (0.045 * w.min(h), 0.11 * w.min(h), 0.007 * w.min(h));
    blend(picture, colour, |x, y| {
        let (dx, dy) = (x.min(w - x) - inset, y.min(h - y) - inset);
        let across = (thick - dy.abs()).min(arm - dx).min(dx + thick);
        let down = (thick - dx.abs()).min(arm - dy).min(dy + thick);
        0.85 * (across.max(down) + 0.5).clamp(0.0, 1.0)
    });
}

/// An upright bar at the side where the title starts, between the box's rim and its letters.
pub(super) fn rule(picture: &mut RgbF, title: Rect, right_to_left: bool, area: Rect, colour: Colour) {
    let width = 0.012 * picture.width().max(picture.height()) as f32;
    let x = if right_to_left { title.right() + width } else { title.x - 2.0 * width };
    let bar =
        Rect::new(x.clamp(area.x - 2.2 * width, area.right() + 1.2 * width), title.y, width, title.height);
    blend(picture, colour, |x, y| {
        let inside = (x - bar.x).min(bar.right() - x).min(y - bar.y).min(bar.bottom() - y);
        (inside + 0.5).clamp(0.0, 1.0)
    });
}

/// Sets a mark into the first corner where neither head, title nor badge is, a tenth of the picture high or, where that finds
/// no room, smaller. Says where.
pub(super) fn logo(
    picture: &mut RgbF,
    logo: &Rgba8,
    frame: &Frame,
    head: Option<Rect>,
    title: Option<Rect>,
) -> Option<Rect> {
    if logo.width() == 0 || logo.height() == 0 {
        return None;
    }
    let (lw, lh) = (logo.width() as f32, logo.height() as f32);
    let full = (0.10 * frame.height / lh).min(0.22 * frame.width / lw);
    // Room for the title's shadow or plate.
    let title = title.map(|title| title.grown(0.022 * frame.width));
    let taken: Vec<Rect> = [head, title, Some(frame.badge)].into_iter().flatten().collect();
    let place = [1.0, 0.8, 0.6].into_iter().find_map(|share| {
        let (w, h) = ((lw * full * share).round().max(1.0), (lh * full * share).round().max(1.0));
        let (left, right) = (frame.safe.x, frame.safe.right() - w);
        let (top, bottom) = (frame.safe.y, frame.safe.bottom() - h);
        let corners = [(left, top), (right, top), (left, bottom), (right, bottom)];
        let areas = corners.map(|(x, y)| Rect::new(x.round().max(0.0), y.round().max(0.0), w, h));
        areas.into_iter().find(|area| !taken.iter().any(|t| t.overlaps(*area)))
    })?;
    let (x, y, w, h) = (place.x as usize, place.y as usize, place.width as usize, place.height as usize);
    let alpha = logo.map(|p| [f32::from(p[3]) / 255.0]).resized(w, h);
    let colour: RgbF =
        logo.map(|[r, g, b, a]| [r, g, b].map(|v| linear::to_linear(v) * f32::from(a) / 255.0));
    let colour = colour.resized(w, h);
    for row in 0..h.min(picture.height().saturating_sub(y)) {
        for column in 0..w.min(picture.width().saturating_sub(x)) {
            let (a, c) = (alpha.get(column, row)[0].clamp(0.0, 1.0), colour.get(column, row));
            let under = picture.get(x + column, y + row);
            picture.set(x + column, y + row, std::array::from_fn(|i| under[i] * (1.0 - a) + c[i].max(0.0)));
        }
    }
    Some(place)
}
