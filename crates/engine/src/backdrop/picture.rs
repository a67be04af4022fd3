//! A picture of the user's own as a background.

use imaging::resize::Resizable;
use imaging::{Rgb8, RgbF, linear};

use super::develop::develop;
use super::layer::Layer;
use super::lens::blur_at_infinity;
use super::view::View;

/// Highlights that a camera clipped were brighter than white: this much at most.
const CLIPPED: f32 = 2.5;
/// A picture is blurred at a size at which the disc has this radius in pixels, or at its full size.
const DISC: f32 = 12.0;

/// The middle of a picture, filling `width` × `height` pixels (none of them 0), in linear light. `blur` is 0 (sharp) to
/// 1 (as far out of focus as a distant view behind a portrait); values outside are moved inside.
pub fn from_picture(picture: &Rgb8, width: usize, height: usize, blur: f32) -> RgbF {
    let picture = covering(picture, width, height);
    let radius = blur_at_infinity() * if blur > 0.0 { blur.min(1.0) } else { 0.0 };
    let full = height.min(width * 5 / 4) as f32;
    if radius * full < 1.0 {
        return linear::picture_to_linear(&picture.resized(width, height));
    }
    let view = View::new(width, height, full.min(DISC / radius), 0.0);
    let inner = |n: usize| ((n as f32 * view.per_pixel).round() as usize).max(1);
    let small = picture.resized(inner(width), inner(height));
    let mut layer = Layer::clear(view);
    for (y, row) in layer.pixels.chunks_mut(view.width).enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let inside = |i: usize| i as isize - view.margin as isize;
            let [r, g, b] = small.get_clamped(inside(x), inside(y)).map(linear::to_linear);
            let boost = 1.0 + (CLIPPED - 1.0) * ((r.min(g).min(b) - 0.8) / 0.2).max(0.0).powi(2);
            *pixel = [r * boost, g * boost, b * boost, 1.0];
        }
    }
    develop(layer.blur(radius), 0, width, height, 0.0)
}

/// The largest middle part that has the shape of `width` × `height`.
fn covering(picture: &Rgb8, width: usize, height: usize) -> Rgb8 {
    let (w, h) = (picture.width(), picture.height());
    let wide = (h * width / height).clamp(1, w);
    let high = (w * height / width).clamp(1, h);
    let (wide, high) = if w * height > h * width { (wide, h) } else { (w, high) };
    picture.crop((w - wide) / 2, (h - high) / 2, wide, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chequered() -> Rgb8 {
        Rgb8::from_fn(900, 500, |x, y| {
            let on = (x / 10 + y / 10) % 2 == 0;
            if on { [220, 180, 140] } else { [20, 60, 100] }
        })
    }

    #[test]
    fn a_picture_fills_the_frame_from_its_middle_without_being_squeezed() {
        let mut picture = Rgb8::filled(900, 300, [10, 10, 10]);
        for y in 0..300 {
            picture.row_mut(y)[300..600].fill([200, 200, 200]);
        }
        let out = from_picture(&picture, 512, 512, 0.0);
        assert!(out.pixels().iter().all(|p| (p[0] - linear::to_linear(200)).abs() < 0.02));
    }

    #[test]
    fn more_blur_leaves_less_contrast_and_the_same_light() {
        let picture = chequered();
        let contrast = |blur: f32| {
            let out = from_picture(&picture, 640, 800, blur);
            let mean = out.pixels().iter().map(|p| p[1]).sum::<f32>() / (640.0 * 800.0);
            let spread = out.pixels().iter().map(|p| (p[1] - mean).abs()).sum::<f32>() / (640.0 * 800.0);
            (mean, spread)
        };
        let (sharp, half, soft) = (contrast(0.0), contrast(0.3), contrast(1.0));
        assert!(half.1 < sharp.1 && soft.1 < 0.3 * sharp.1, "{sharp:?} {half:?} {soft:?}");
        assert!((sharp.0 - soft.0).abs() < 0.02);
        assert_eq!(contrast(f32::NAN), sharp);
    }

    #[test]
    fn a_tiny_picture_does() {
        for (w, h) in [(1, 1), (1, 400), (400, 1), (2, 3)] {
            let out = from_picture(&Rgb8::filled(w, h, [90, 90, 90]), 512, 640, 0.7);
            assert!(out.pixels().iter().all(|p| (p[2] - linear::to_linear(90)).abs() < 0.02), "{w}×{h}");
        }
    }
}
