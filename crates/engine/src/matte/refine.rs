//! From a rough mask to a matte: every pixel of the uncertain band is asked which colours it is mixed of.

use imaging::{Plane, Resizable, Rgb8};

use super::coarse::smoothstep;
use super::colours::Colours;
use super::guided::{Guided, encoded};
use super::sampling;
use crate::blur::{box_blur, gaussian};

/// Longer side of the picture in which the matte is found; it is then carried to full size by the guide.
const SIDE: usize = 1024;

/// The result, at full size.
pub(crate) struct Refined {
    /// 0 outside to 1 inside.
    pub(crate) matte: Plane,
    /// Colours at reduced size.
    pub(crate) colours: Colours,
}

/// Refines a rough `mask` (any size) against `work`; `head` is the height of the head in pixels of `work`.
pub(crate) fn refine(work: &Rgb8, mask: &Plane, head: f32) -> Refined {
    let scale = (SIDE as f32 / work.width().max(work.height()) as f32).min(1.0);
    let (w, h) = ((work.width() as f32 * scale) as usize, (work.height() as f32 * scale) as usize);
    let small = work.resized(w.max(1), h.max(1));
    let guide = encoded(&small);
    let head = head * scale;
    let rough = clamped(mask.resized(small.width(), small.height()));

    let band = Band::around(&rough, head);
    let coloured = sampling::mix(&guide, &rough, &band.inside, &band.outside, head * 0.3);
    let second = Guided::fit(&guide, &band.hold(&coloured), radius(head, 0.02), 1e-4);
    let settled = near(&band.hold(&second.apply(&small)), &rough, head);
    let fine = Guided::fit(&guide, &settled, 2, 2e-5);
    let colours = Colours::split(&guide, &settled);
    let mut matte = fine.apply(work);
    for a in matte.data_mut() {
        *a = straight(0.08, 0.97, *a);
    }
    Refined { matte, colours }
}

/// Without what lies further from the rough mask than hair stands off: folds and shadows of the background.
fn near(matte: &Plane, rough: &Plane, head: f32) -> Plane {
    let reach = gaussian(rough, (head * 0.012).max(1.0));
    let mut kept = matte.clone();
    for (a, reach) in kept.data_mut().iter_mut().zip(reach.data()) {
        *a *= smoothstep(0.03, 0.25, *reach);
    }
    kept
}

fn radius(head: f32, share: f32) -> usize {
    ((head * share) as usize).max(2)
}

fn clamped(mut mask: Plane) -> Plane {
    for v in mask.data_mut() {
        *v = v.clamp(0.0, 1.0);
    }
    mask
}

/// 0 below `low`, 1 above `high`, straight between.
fn straight(low: f32, high: f32, v: f32) -> f32 {
    ((v - low) / (high - low)).clamp(0.0, 1.0)
}

/// What is certain and what is not.
struct Band {
    /// 1 where the person certainly is.
    inside: Plane,
    /// 1 where the person certainly is not.
    outside: Plane,
}

impl Band {
    fn around(rough: &Plane, head: f32) -> Band {
        let eroded = |mask: &Plane, radius: usize| {
            let mut mean = box_blur(mask, radius);
            for v in mean.data_mut() {
                *v = if *v > 0.995 { 1.0 } else { 0.0 };
            }
            mean
        };
        let inside = rough.map(|[v]| [if v > 0.9 { 1.0 } else { 0.0 }]);
        let outside = rough.map(|[v]| [if v < 0.08 { 1.0 } else { 0.0 }]);
        Band { inside: eroded(&inside, radius(head, 0.018)), outside: eroded(&outside, radius(head, 0.03)) }
    }

    /// The matte with what is certain put back.
    fn hold(&self, matte: &Plane) -> Plane {
        let mut held = matte.clone();
        for ((a, i), o) in held.data_mut().iter_mut().zip(self.inside.data()).zip(self.outside.data()) {
            *a = a.clamp(0.0, 1.0).max(*i) * (1.0 - *o);
        }
        held
    }
}
