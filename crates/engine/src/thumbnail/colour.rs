//! Colours of a thumbnail: mixing as the eye does, and the contrast that a title needs.
//!
//! Ramps are mixed in OKLab (Björn Ottosson, 2020, "A perceptual color space for image processing"), where blue into
//! yellow does not pass through grey mud, and tabulated, because a scene asks for a million of them.

use domain::Colour;
use domain::style::thumbnail::Palette;
use imaging::linear;

/// Linear light.
pub(super) type Light = [f32; 3];

/// The contrast aimed at: WCAG's level AA for text of any size asks for 4.5; eight bits a channel and a JPEG's rounding
/// take some away.
pub(super) const AIM: f32 = 4.8;

pub(super) fn light(colour: Colour) -> Light {
    colour.to_array().map(linear::to_linear)
}

pub(super) fn encoded(light: Light) -> Colour {
    let [r, g, b] = light.map(linear::to_srgb);
    Colour::new(r, g, b)
}

/// Relative luminance of linear light, as WCAG 2.2 defines it.
pub(super) fn luminance([r, g, b]: Light) -> f32 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// WCAG contrast of two luminances.
pub(super) fn contrast(a: f32, b: f32) -> f32 {
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Linear mix, `t` of the second: how paint covers.
pub(super) fn cover(a: Light, b: Light, t: f32) -> Light {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * t)
}

fn to_lab([r, g, b]: Light) -> [f32; 3] {
    let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).max(0.0).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).max(0.0).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).max(0.0).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

fn from_lab([l, a, b]: [f32; 3]) -> Light {
    let p = (l + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let q = (l - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (l - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    [
        (4.076_741_7 * p - 3.307_711_6 * q + 0.230_969_94 * s).clamp(0.0, 1.0),
        (-1.268_438 * p + 2.609_757_4 * q - 0.341_319_38 * s).clamp(0.0, 1.0),
        (-0.004_196_086_3 * p - 0.703_418_6 * q + 1.707_614_7 * s).clamp(0.0, 1.0),
    ]
}

/// The mix that looks half way when `t` is a half.
pub(super) fn blend(a: Light, b: Light, t: f32) -> Light {
    let (p, q) = (to_lab(a), to_lab(b));
    from_lab(std::array::from_fn(|i| p[i] + (q[i] - p[i]) * t))
}

/// Colours along a line, looked up.
pub(super) struct Ramp(Vec<Light>);

impl Ramp {
    const STEPS: usize = 1024;

    /// A ramp through colours at places 0 to 1, in order, the first at 0 and the last at 1.
    pub(super) fn new(stops: &[(f32, Light)]) -> Ramp {
        let colour = |t: f32| {
            let next = stops.iter().position(|(at, _)| *at >= t).unwrap_or(stops.len() - 1).max(1);
            let ((from, a), (to, b)) = (stops[next - 1], stops[next]);
            blend(a, b, ((t - from) / (to - from).max(1e-6)).clamp(0.0, 1.0))
        };
        Ramp((0..=Self::STEPS).map(|i| colour(i as f32 / Self::STEPS as f32)).collect())
    }

    /// The colour at `t`, 0 to 1; what is outside takes the nearest end.
    pub(super) fn at(&self, t: f32) -> Light {
        let t = t.clamp(0.0, 1.0) * Self::STEPS as f32;
        let i = (t as usize).min(Self::STEPS - 1);
        cover(self.0[i], self.0[i + 1], t - i as f32)
    }
}

/// The colour, made lighter or darker until it stands out from `ground`, its hue kept as long as it can be.
pub(super) fn standing_out(colour: Colour, ground: Colour) -> Colour {
    if colour.contrast(ground) >= AIM {
        return colour;
    }
    let toward = if Colour::WHITE.contrast(ground) >= Colour::BLACK.contrast(ground) {
        Colour::WHITE
    } else {
        Colour::BLACK
    };
    (1..=24)
        .map(|step| encoded(blend(light(colour), light(toward), step as f32 / 24.0)))
        .find(|candidate| candidate.contrast(ground) >= AIM)
        .unwrap_or(toward)
}

/// The palette with its title colours made to stand out from its edge colour, so that an outline or a plate always helps.
pub(super) fn legible(palette: Palette) -> Palette {
    let edge = if palette.edge.contrast(palette.ink) >= AIM {
        palette.edge
    } else if Colour::BLACK.contrast(palette.ink) >= Colour::WHITE.contrast(palette.ink) {
        Colour::BLACK
    } else {
        Colour::WHITE
    };
    let ink = standing_out(palette.ink, edge);
    Palette { edge, ink, accent: standing_out(palette.accent, edge), ..palette }
}

/// A palette in a brand's colours: its first colour for the scene, its second for what is highlighted.
pub(super) fn branded(palette: Palette, primary: Colour, accent: Colour) -> Palette {
    let [l, a, b] = to_lab(light(primary));
    let shade = |factor: f32| encoded(from_lab([l * factor, a * factor.sqrt(), b * factor.sqrt()]));
    // A scene that was dark stays dark and a light one light: the title's colours were chosen for it.
    let dark = palette.ground.luminance() < 0.3;
    let ground = match (dark, primary.luminance() < 0.3) {
        (true, true) | (false, false) => primary,
        (true, false) => shade(0.55),
        (false, true) => encoded(blend(light(primary), [1.0; 3], 0.75)),
    };
    let depth = if dark { encoded(blend(light(ground), [0.0; 3], 0.6)) } else { primary };
    let glow = encoded(blend(light(primary), [1.0; 3], 0.3));
    // Rather the brand's other colour than a shade of this one that nobody knows.
    let stands = |colour: Colour| colour.contrast(palette.edge) >= AIM;
    let accent = if !stands(accent) && stands(primary) { primary } else { accent };
    legible(Palette { ground, depth, glow, accent, ..palette })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lab_comes_back() {
        for colour in [Colour::new(12, 200, 99), Colour::WHITE, Colour::BLACK, Colour::new(255, 0, 0)] {
            assert_eq!(encoded(from_lab(to_lab(light(colour)))), colour);
        }
    }

    #[test]
    fn any_palette_is_made_legible() {
        let colours = [0x000000, 0xffffff, 0x777777, 0xff0000, 0x0000ff, 0xffff00, 0x808000, 0x00ffff];
        let colours = colours.map(|c: u32| Colour::new((c >> 16) as u8, (c >> 8) as u8, c as u8));
        for ink in colours {
            for accent in colours {
                for edge in colours {
                    let palette = Palette { ground: edge, depth: edge, glow: edge, ink, accent, edge };
                    for palette in [legible(palette), branded(palette, accent, ink)] {
                        assert!(palette.ink.contrast(palette.edge) >= 4.5);
                        assert!(palette.accent.contrast(palette.edge) >= 4.5);
                    }
                }
            }
        }
    }

    #[test]
    fn a_ramp_meets_its_stops() {
        let (a, b) = ([0.1, 0.2, 0.3], [0.9, 0.1, 0.4]);
        let ramp = Ramp::new(&[(0.0, a), (0.5, b), (1.0, a)]);
        for (t, want) in [(0.0, a), (0.5, b), (1.0, a), (-3.0, a), (7.0, a)] {
            assert!(ramp.at(t).iter().zip(want).all(|(x, y)| (x - y).abs() < 2e-3), "{t}");
        }
    }
}
