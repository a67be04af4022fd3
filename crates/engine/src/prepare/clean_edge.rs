//! Gives every edge pixel the person's own colour: the old background shone through hair and along shoulders.

use imaging::Rgba8;
use rayon::prelude::*;

use super::Preparation;
use crate::enlarge::Enlarged;
use crate::error::EngineError;
use crate::matte::coarse::smoothstep;

/// From this share on a pixel is wholly the person's.
const WHOLE: f32 = 0.995;

pub(crate) fn run(p: &mut Preparation) -> Result<(), EngineError> {
    let Some(colours) = p.colours.take() else { return Ok(()) };
    let (w, h) = (p.work.width(), p.work.height());
    let foreground = Enlarged::new(&colours.foreground, w, h);
    let background = Enlarged::new(&colours.background, w, h);
    let mut cutout = Rgba8::new(w, h);
    cutout.data_mut().par_chunks_mut(w * 4).enumerate().for_each(|(y, out)| {
        let (f, b) = (foreground.row(y), background.row(y));
        let pixels = p.work.row(y).iter().zip(p.matte.row(y));
        for (x, (out, (pixel, [alpha]))) in out.as_chunks_mut::<4>().0.iter_mut().zip(pixels).enumerate() {
            let whole = *alpha > WHOLE;
            let [r, g, b] = if whole { *pixel } else { own_colour(*pixel, *alpha, f.at(x), b.at(x)) };
            *out = [r, g, b, (alpha * 255.0).round() as u8];
        }
    });
    p.cutout = cutout;
    p.work = imaging::Rgb8::new(0, 0);
    p.matte = imaging::Plane::new(0, 0);
    Ok(())
}

/// The person's colour in a pixel. Where the person fills most of it, taking the background away keeps the detail;
/// where little of it is the person's, the smooth estimate is safer.
fn own_colour(pixel: [u8; 3], alpha: f32, foreground: [f32; 3], background: [f32; 3]) -> [u8; 3] {
    let exact = smoothstep(0.35, 0.9, alpha);
    std::array::from_fn(|c| {
        let seen = f32::from(pixel[c]) / 255.0;
        let taken_away = (seen - (1.0 - alpha) * background[c]) / alpha.max(0.2);
        let own = foreground[c] + exact * (taken_away - foreground[c]);
        (own * 255.0).round().clamp(0.0, 255.0) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_background_is_taken_away() {
        let (f, b, alpha) = ([0.2f32, 0.15, 0.1], [0.9f32, 0.1, 0.1], 0.6);
        let seen: [u8; 3] =
            std::array::from_fn(|c| ((alpha * f[c] + (1.0 - alpha) * b[c]) * 255.0).round() as u8);
        let own = own_colour(seen, alpha, f, b);
        for c in 0..3 {
            assert!((f32::from(own[c]) / 255.0 - f[c]).abs() < 0.02, "{own:?}");
        }
    }
}
