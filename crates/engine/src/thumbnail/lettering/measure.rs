//! The contrast of letters, measured in the pixels as they are.

use domain::style::thumbnail::Palette;
use imaging::RgbF;

use super::super::colour::{contrast, luminance};
use super::{AROUND, Letters};

impl Letters {
    /// Whether a shade would look like one: what is behind the letters has to be on the edge colour's side already.
    /// On a bright sky a dark shade is a smudge, and an outline is cleaner.
    pub(super) fn shade_suits(&self, picture: &RgbF, palette: &Palette) -> bool {
        let region = self.region(picture);
        let (mut sum, mut count) = (0.0, 0.0f32);
        for (pixel, distance) in region.pixels().iter().zip(self.field.data()) {
            if *distance < 0.3 * self.size {
                sum += luminance(*pixel).sqrt();
                count += 1.0;
            }
        }
        let behind = (sum / count.max(1.0)).powi(2);
        contrast(behind, palette.edge.luminance()) < 3.6
    }

    /// The least contrast of letters with what is around them, in the pixels as they are.
    ///
    /// The letters' luminance is their median; what is around is a ring about each group, of which the hardest fiftieth
    /// is set aside as specks that no eye sees.
    pub(super) fn contrast(&self, region: &RgbF) -> Option<f32> {
        let around = (AROUND * self.size).max(2.0);
        let groups = [(&self.plain, &self.plain_field), (&self.marked, &self.marked_field)];
        let measured = groups.into_iter().filter_map(|(mask, field)| {
            let mut letters = Vec::new();
            let mut ring = Vec::new();
            for (i, pixel) in region.pixels().iter().enumerate() {
                // What is written to eight bits is what is measured.
                if mask.data()[i] >= 252 {
                    letters.push(luminance(*pixel));
                } else if (0.9..=0.9 + around).contains(&field.data()[i]) && self.field.data()[i] >= 0.9 {
                    ring.push(luminance(*pixel));
                }
            }
            if letters.is_empty() || ring.is_empty() {
                return None;
            }
            let nth = |values: &mut [f32], n: usize| *values.select_nth_unstable_by(n, f32::total_cmp).1;
            let specks = ring.len() / 50;
            let last = ring.len() - 1;
            let middle = letters.len() / 2;
            let ink = nth(&mut letters, middle);
            let (low, high) = (nth(&mut ring, specks), nth(&mut ring, last - specks));
            Some(if ink > high {
                contrast(ink, high)
            } else if ink < low {
                contrast(ink, low)
            } else {
                1.0
            })
        });
        measured.reduce(f32::min)
    }
}
