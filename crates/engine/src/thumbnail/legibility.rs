//! How well a thumbnail can be read, as figures.

use imaging::Rect;

use super::lettering::Support;

/// Widths in pixels at which players show thumbnails: beside a video, and in a phone's list.
const SHOWN: [f32; 2] = [138.0, 168.0];

/// What was measured on a finished thumbnail.
#[derive(Clone, Debug, PartialEq)]
pub struct Legibility {
    /// The title; `None` when there is none.
    pub title: Option<TitleLegibility>,
    /// The face, from the hair line to the chin, in the picture's pixels; `None` when nobody is in it.
    pub face_box: Option<Rect>,
    /// The head with its hair, in the picture's pixels. No letter lies over it.
    pub head_box: Option<Rect>,
    /// Where the logo was set; `None` when there is none, or no corner was free for it.
    pub logo_box: Option<Rect>,
}

/// What was measured on a title.
#[derive(Clone, Debug, PartialEq)]
pub struct TitleLegibility {
    /// The upright box around its letters, in the picture's pixels.
    pub title_box: Rect,
    /// Lines of text.
    pub lines: usize,
    /// The least contrast of the letters with the pixels around them, by WCAG 2.2, 1 to 21; `None` for a title of emoji alone.
    pub contrast: Option<f32>,
    /// Height of the smallest line's letters over their baseline, in the picture's pixels.
    pub text_height: f32,
    /// The same in pixels when the picture is shown 138 pixels wide.
    pub text_height_at_138: f32,
    /// The same in pixels when the picture is shown 168 pixels wide.
    pub text_height_at_168: f32,
    /// What had to be added to the style for the contrast to suffice.
    pub support: Support,
}

impl TitleLegibility {
    /// Fills in the heights for a picture of `width` pixels.
    pub(super) fn new(
        title_box: Rect,
        lines: usize,
        contrast: Option<f32>,
        text_height: f32,
        support: Support,
        width: f32,
    ) -> Self {
        let [at_138, at_168] = SHOWN.map(|shown| text_height * shown / width);
        TitleLegibility {
            title_box,
            lines,
            contrast,
            text_height,
            text_height_at_138: at_138,
            text_height_at_168: at_168,
            support,
        }
    }
}
