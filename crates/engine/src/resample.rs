//! A part of a cut-out at another size.

use imaging::{Gray8, Rect, Resizable, Rgb8, Rgba8};

/// What `crop` shows of `cutout`, `width` × `height` pixels large. The crop is taken at whole pixels. Outside the cut-out
/// nobody is there: alpha is 0.
///
/// Colour and alpha are resized apart: colours go on beyond the edge, and weighing them by alpha would lose that.
pub(crate) fn crop_resized(cutout: &Rgba8, crop: Rect, width: usize, height: usize) -> Rgba8 {
    let (x, y) = (crop.x.round() as isize, crop.y.round() as isize);
    let (w, h) = ((crop.width.round() as usize).max(1), (crop.height.round() as usize).max(1));
    let mut colour = Rgb8::new(w, h);
    let mut alpha = Gray8::new(w, h);
    let inside = |v: isize, length: usize| usize::try_from(v).is_ok_and(|v| v < length);
    for row in 0..h {
        let there = y + row as isize;
        let source = cutout.row(there.clamp(0, cutout.height() as isize - 1) as usize);
        let shown = inside(there, cutout.height());
        let targets = colour.row_mut(row).iter_mut().zip(alpha.row_mut(row));
        for (column, (colour, alpha)) in targets.enumerate() {
            let there = x + column as isize;
            let [r, g, b, a] = source[there.clamp(0, source.len() as isize - 1) as usize];
            *colour = [r, g, b];
            *alpha = [if shown && inside(there, source.len()) { a } else { 0 }];
        }
    }
    let (colour, alpha) = rayon::join(|| colour.resized(width, height), || alpha.resized(width, height));
    let both = colour.pixels().iter().zip(alpha.data()).flat_map(|([r, g, b], a)| [*r, *g, *b, *a]);
    Rgba8::from_vec(width, height, both.collect()).unwrap_or_else(|| Rgba8::new(width, height))
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
