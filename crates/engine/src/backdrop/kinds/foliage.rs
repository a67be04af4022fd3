//! Leaves: thousands of small patches in clumps, darker inside a clump and lit on the side of the sun.
//!
//! Painted sharp and then thrown out of focus they give what a lens makes of a tree; a gradient with spots never does.

use std::f32::consts::TAU;

use crate::backdrop::colour::{Light, mix, times};
use crate::backdrop::layer::Layer;
use crate::backdrop::random::Random;

/// The colours of leaves.
#[derive(Clone, Copy)]
pub(super) struct Leaves {
    /// In the shade.
    pub(super) shade: Light,
    /// In the sun.
    pub(super) sun: Light,
    /// With the sun behind them.
    pub(super) through: Light,
}

/// A clump of leaves.
#[derive(Clone, Copy)]
pub(super) struct Clump {
    /// Its middle.
    pub(super) at: (f32, f32),
    /// How far it reaches across and down.
    pub(super) radii: (f32, f32),
    /// How much light falls on it, 0 to 1.
    pub(super) lit: f32,
}

/// Paints a clump of `count` leaves, each about `size` units long.
pub(super) fn clump(
    layer: &mut Layer,
    random: &mut Random,
    leaves: Leaves,
    clump: Clump,
    count: usize,
    size: f32,
) {
    for _ in 0..count {
        // Denser toward the middle.
        let (angle, far) = (random.between(0.0, TAU), random.unit().powf(0.7));
        let (du, dv) = (far * angle.cos(), far * angle.sin());
        let centre = (clump.at.0 + du * clump.radii.0, clump.at.1 + dv * clump.radii.1);
        // Sun from the left and above; most leaves turn away from it.
        let faces = (0.5 - 0.35 * du - 0.4 * dv + random.between(-0.35, 0.35)).clamp(0.0, 1.0);
        let mut colour = mix(leaves.shade, leaves.sun, faces * faces * clump.lit);
        if random.chance(0.16 * clump.lit) {
            colour = mix(colour, leaves.through, random.between(0.3, 1.0));
        }
        let long = size * random.between(0.6, 1.4);
        let radii = (long, long * random.between(0.35, 0.8));
        layer.ellipse(
            centre,
            radii,
            random.between(-1.6, 1.6),
            times(colour, random.between(0.7, 1.25)),
            0.92,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backdrop::view::View;

    #[test]
    fn a_clump_stays_where_it_was_put_and_is_brighter_toward_the_sun() {
        let mut layer = Layer::clear(View::new(512, 640, 300.0, 0.0));
        let leaves = Leaves { shade: [0.01; 3], sun: [0.4; 3], through: [0.4; 3] };
        let at = Clump { at: (0.0, 0.1), radii: (0.1, 0.1), lit: 1.0 };
        clump(&mut layer, &mut Random::new(1), leaves, at, 900, 0.01);
        let view = layer.view;
        let (mut left, mut right) = ((0.0, 0.0), (0.0, 0.0));
        for y in 0..view.height {
            for x in 0..view.width {
                let (u, v) = view.place(x, y);
                let pixel = layer.pixels[y * view.width + x];
                assert!(pixel[3] == 0.0 || u.hypot(v - 0.1) < 0.12);
                let side = if u < 0.0 { &mut left } else { &mut right };
                *side = (side.0 + pixel[0], side.1 + pixel[3]);
            }
        }
        assert!(left.0 / left.1 > 1.2 * right.0 / right.1);
    }
}
