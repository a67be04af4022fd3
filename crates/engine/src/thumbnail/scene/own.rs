//! The person's own picture as a scene: out of focus and darker, so that it stays behind.

use imaging::resize::Resizable;
use imaging::{RgbF, linear};

use super::super::blur;
use super::super::colour::cover;
use super::{View, light};

/// Fills the view with the picture, cut at two sides where its shape differs; a spotlight where there is no picture.
pub(super) fn paint(view: &View, blurred: f32, dim: f32) -> RgbF {
    let Some(own) = view.own.filter(|own| own.width() > 0 && own.height() > 0) else {
        return light::spotlight(view, 0.6);
    };
    let (w, h) = view.size();
    let (ow, oh) = (own.width() as f32, own.height() as f32);
    let scale = (w / ow).max(h / oh);
    let (cw, ch) = ((w / scale).min(ow), (h / scale).min(oh));
    // People stand in the middle of a picture and a little above it.
    let (x, y) = (((ow - cw) / 2.0) as usize, ((oh - ch) * 0.4) as usize);
    let part = own.crop(x, y, cw.round().max(1.0) as usize, ch.round().max(1.0) as usize);
    let part = linear::picture_to_linear(&part.resized(view.width, view.height));
    let soft = blur::picture(&part, blurred * 0.03 * view.long());
    let depth = view.depth();
    let mut soft = soft;
    soft.pixels_mut().iter_mut().for_each(|pixel| {
        *pixel = cover(pixel.map(|v| v * (1.0 - 0.75 * dim)), depth, 0.3 * dim);
    });
    soft
}
