//! A part of a cut-out at another size.

use imaging::{Gray8, Point, Rect, Resizable, Rgb8, Rgba8};

use crate::warp::Similarity;

/// What `crop` shows of `cutout`, `width` × `height` pixels large. Outside the cut-out nobody is there: alpha is 0.
pub(crate) fn crop_resized(cutout: &Rgba8, crop: Rect, width: usize, height: usize) -> Rgba8 {
    let scale = width as f32 / crop.width;
    let mut shrunk = None;
    let mut factor = 1.0;
    if scale < 0.7 {
        let (w, h) = (cutout.width() as f32 * scale, cutout.height() as f32 * scale);
        shrunk = Some(shrink(cutout, w.round() as usize, h.round() as usize));
        factor = scale;
    }
    let source = shrunk.as_ref().unwrap_or(cutout);
    let from = Point::new(crop.x * factor, crop.y * factor);
    let warp = Similarity::new(from, Point::default(), scale / factor, 0.0);
    let mut seen = warp.warp(source, width, height);
    let (left, top) = (-crop.x * scale, -crop.y * scale);
    let (right, bottom) = (left + cutout.width() as f32 * scale, top + cutout.height() as f32 * scale);
    for y in 0..height {
        let outside = (y as f32 + 0.5) < top || (y as f32 + 0.5) > bottom;
        for (x, pixel) in seen.row_mut(y).iter_mut().enumerate() {
            if outside || (x as f32 + 0.5) < left || (x as f32 + 0.5) > right {
                pixel[3] = 0;
            }
        }
    }
    seen
}

/// Colour and alpha are shrunk apart: colours go on beyond the edge, and weighing them by alpha would lose that.
fn shrink(cutout: &Rgba8, width: usize, height: usize) -> Rgba8 {
    let colour: Rgb8 = cutout.map(|[r, g, b, _]| [r, g, b]).resized(width, height);
    let alpha: Gray8 = cutout.map(|[.., a]| [a]).resized(width, height);
    Rgba8::from_fn(colour.width(), colour.height(), |x, y| {
        let ([r, g, b], [a]) = (colour.get(x, y), alpha.get(x, y));
        [r, g, b, a]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_outside_the_cut_out() {
        let cutout = Rgba8::filled(40, 40, [10, 20, 30, 255]);
        let seen = crop_resized(&cutout, Rect::new(-20.0, 10.0, 40.0, 30.0), 80, 60);
        assert_eq!(seen.get(10, 30)[3], 0);
        assert_eq!(seen.get(60, 30), [10, 20, 30, 255]);
        let small = crop_resized(&cutout, Rect::new(-20.0, 10.0, 40.0, 30.0), 20, 15);
        assert_eq!((small.get(3, 7)[3], small.get(15, 7)), (0, [10, 20, 30, 255]));
    }
}
