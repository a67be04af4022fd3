//! A title fitted to a box: the largest size at which it fits in balanced lines.

use std::ops::Range;

use domain::style::thumbnail::{Fit, Typeface};
use tiny_skia::{Rect, Transform};

use super::balance::{self, Piece};
use super::fonts::{Fonts, fonts};
use super::itemise::{Segment, itemise, segments, torn, whole_words};
use super::shape::{EM, Line, Text};
use super::{Title, TypeError};

/// How a title is to be set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// The typeface.
    pub face: Typeface,
    /// How lines fill the box.
    pub fit: Fit,
    /// Where lines shorter than the widest stand: 0 at the left, 0.5 in the middle, 1 at the right. A right-to-left
    /// title stands at the other side.
    pub align: f32,
    /// Room kept free around the letters for outline, plate or shadow, in em.
    pub padding: f32,
    /// Room between one line's ink and the next, in em.
    pub gap: f32,
    /// Turn, in radians, positive rising to the right.
    pub tilt: f32,
    /// Lines at most.
    pub max_lines: usize,
    /// Below this height of its letters, in pixels, a word is torn rather than set smaller.
    pub least_height: f32,
}

/// A title set in lines. Places are in pixels from the middle of the block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// The lines, top to bottom.
    pub lines: Vec<SetLine>,
    /// What is inked, before the turn.
    pub ink: Rect,
    /// Pixels an em, of the smallest line.
    pub size: f32,
    /// Height of the smallest line's tallest letter over its baseline, in pixels.
    pub letter_height: f32,
    /// Turn, in radians, positive rising to the right.
    pub tilt: f32,
    /// Whether it reads from right to left.
    pub right_to_left: bool,
}

/// One line in its place.
#[derive(Clone, Debug)]
pub(crate) struct SetLine {
    /// Its outlines, at [`EM`].
    pub line: Line,
    /// From outline to place, before the turn.
    pub place: Transform,
    /// What is inked, before the turn.
    pub ink: Rect,
    /// Pixels an em.
    pub size: f32,
}

/// Sets a title as large as a box of `width` × `height` pixels allows; `None` when it has nothing to show.
pub(crate) fn set(
    title: &Title,
    setting: &Setting,
    width: f32,
    height: f32,
) -> Result<Option<Block>, TypeError> {
    let fonts = &mut fonts();
    let runs = itemise(fonts, &title.text, setting.face)?;
    let right_to_left = is_right_to_left(&title.text);
    let text = Text { title, runs: &runs, face: setting.face, right_to_left };
    let any = segments(&title.text);
    let whole = whole_words(&any);
    let joined = marks_whole(title, &whole);
    let mut best = fit(fonts, &text, setting, &joined, width, height)?;
    if joined.len() != whole.len() {
        let cut = fit(fonts, &text, setting, &whole, width, height)?;
        // A highlighted phrase stays on one line unless that costs much.
        if size(&cut) > 1.45 * size(&best) {
            best = cut;
        }
    }
    if whole.len() != any.len() {
        let cut = fit(fonts, &text, setting, &any, width, height)?;
        // A line may end inside a Chinese or Japanese word when that makes the letters a good deal larger.
        if size(&cut) > 1.25 * size(&best) {
            best = cut;
        }
    }
    if best.as_ref().is_some_and(|block| block.letter_height < setting.least_height) {
        let torn: Vec<Segment> = tear(fonts, &text, setting, &any, width)?;
        let cut = fit(fonts, &text, setting, &torn, width, height)?;
        if size(&cut) > 1.15 * size(&best) {
            best = cut;
        }
    }
    Ok(best)
}

/// Segments with no line ending inside a highlighted phrase.
fn marks_whole(title: &Title, segments: &[Segment]) -> Vec<Segment> {
    let mut joined: Vec<Segment> = Vec::new();
    for segment in segments {
        let inside = |last: &Segment| {
            title.marked.iter().any(|m| m.start < last.range.end && segment.range.start < m.end)
        };
        match joined.last_mut() {
            Some(last) if !last.ends_line && inside(last) => {
                *last = Segment { range: last.range.start..segment.range.end, ..segment.clone() };
            }
            _ => joined.push(segment.clone()),
        }
    }
    joined
}

fn size(block: &Option<Block>) -> f32 {
    block.as_ref().map_or(0.0, |block| block.size)
}

/// Segments too wide for the box at the least size, cut between any two characters.
fn tear(
    fonts: &mut Fonts,
    text: &Text,
    setting: &Setting,
    segments: &[Segment],
    width: f32,
) -> Result<Vec<Segment>, TypeError> {
    let mut all = Vec::new();
    for segment in segments {
        let line = text.line(fonts, segment.range.clone(), false)?;
        let tallest = line.ink.map_or(EM, |ink| -ink.top()).max(1.0);
        if line.width / tallest * setting.least_height > width {
            all.extend(torn(&text.title.text, segment));
        } else {
            all.push(segment.clone());
        }
    }
    Ok(all)
}

/// The best of all numbers of lines.
fn fit(
    fonts: &mut Fonts,
    text: &Text,
    setting: &Setting,
    segments: &[Segment],
    width: f32,
    height: f32,
) -> Result<Option<Block>, TypeError> {
    let pieces = measure(fonts, text, segments)?;
    let mut best: Option<Block> = None;
    for count in 1..=setting.max_lines {
        let Some(cut) = balance::lines(&pieces, count) else { continue };
        let lines: Result<Vec<Line>, TypeError> = cut
            .iter()
            .map(|r| {
                let last = &segments[r.end - 1];
                text.line(fonts, segments[r.start].range.start..last.range.end, last.hyphen)
            })
            .collect();
        let lines: Vec<Line> = lines?.into_iter().filter(|line| line.ink.is_some()).collect();
        let Some(block) = compose(lines, setting, text.right_to_left, width, height) else { continue };
        // A further line has to be worth it.
        if best.as_ref().is_none_or(|best| worth(&block) > worth(best) * 1.06) {
            best = Some(block);
        }
    }
    // More line ends were wished for than there may be lines: they become spaces.
    if best.is_none() && segments.iter().any(|segment| segment.ends_line) {
        let joined: Vec<Segment> = segments
            .iter()
            .map(|s| Segment { space: s.space || s.ends_line, ends_line: false, ..s.clone() })
            .collect();
        return fit(fonts, text, setting, &joined, width, height);
    }
    Ok(best)
}

/// What a number of lines is judged by: size, and less of it where one line is much shorter than another.
fn worth(block: &Block) -> f32 {
    let widths = block.lines.iter().map(|line| line.ink.width());
    let shortest = widths.clone().fold(f32::INFINITY, f32::min);
    let widest = widths.fold(0.0, f32::max);
    block.size * (0.8 + 0.2 * (shortest / widest.max(1.0) / 0.6).min(1.0))
}

fn measure(fonts: &mut Fonts, text: &Text, segments: &[Segment]) -> Result<Vec<Piece>, TypeError> {
    let space = EM * 0.25;
    let pieces = segments.iter().map(|segment| {
        let width = text.line(fonts, segment.range.clone(), false)?.width;
        let space = if segment.space { space } else { 0.0 };
        Ok(Piece { width, space, ends_line: segment.ends_line })
    });
    pieces.collect()
}

/// How much larger than the smallest a line of a poster may be.
const POSTER_RANGE: f32 = 1.9;

/// Puts lines under each other and scales the whole into the box.
fn compose(
    lines: Vec<Line>,
    setting: &Setting,
    right_to_left: bool,
    width: f32,
    height: f32,
) -> Option<Block> {
    let inks: Vec<Rect> = lines.iter().filter_map(|line| line.ink).collect();
    let widest = inks.iter().map(|ink| ink.width()).fold(0.0, f32::max);
    if widest <= 0.0 {
        return None;
    }
    let scales: Vec<f32> = match setting.fit {
        Fit::Even => vec![1.0; inks.len()],
        Fit::Poster => inks.iter().map(|ink| (widest / ink.width().max(1.0)).min(POSTER_RANGE)).collect(),
    };
    let baselines = baselines(&inks, &scales, setting);
    let top = inks[0].top() * scales[0];
    let last = inks.len() - 1;
    let bottom = baselines[last] + inks[last].bottom() * scales[last];
    let block_width = inks.iter().zip(&scales).map(|(ink, s)| ink.width() * s).fold(0.0, f32::max);
    let (w, h) = (block_width + 2.0 * setting.padding * EM, bottom - top + 2.0 * setting.padding * EM);
    let (sin, cos) = (setting.tilt.sin().abs(), setting.tilt.cos());
    let fit = (width / (w * cos + h * sin)).min(height / (w * sin + h * cos));
    let align = if right_to_left { 1.0 - setting.align } else { setting.align };
    let middle = (top + bottom) / 2.0;
    let set: Vec<SetLine> = lines
        .into_iter()
        .zip(&inks)
        .zip(scales.iter().zip(&baselines))
        .map(|((line, ink), (scale, baseline))| {
            let x = (block_width - ink.width() * scale) * align - block_width / 2.0 - ink.left() * scale;
            let s = scale * fit;
            let place = Transform::from_row(s, 0.0, 0.0, s, x * fit, (baseline - middle) * fit);
            let ink = ink.transform(place).unwrap_or(*ink);
            SetLine { line, place, ink, size: s * EM }
        })
        .collect();
    let smallest = set.iter().min_by(|a, b| a.size.total_cmp(&b.size))?;
    let tallest = |set: &SetLine| set.place.ty - set.ink.top();
    Some(Block {
        size: smallest.size,
        letter_height: set.iter().map(tallest).fold(f32::INFINITY, f32::min),
        ink: Rect::from_xywh(
            -block_width / 2.0 * fit,
            (top - middle) * fit,
            block_width * fit,
            (bottom - top) * fit,
        )?,
        lines: set,
        tilt: setting.tilt,
        right_to_left,
    })
}

/// Where each line's baseline lies under the first. Lines in one size keep one distance.
fn baselines(inks: &[Rect], scales: &[f32], setting: &Setting) -> Vec<f32> {
    let gap = setting.gap * EM;
    let mut steps: Vec<f32> = inks
        .windows(2)
        .zip(scales.windows(2))
        .map(|(ink, scale)| {
            // The tail of a comma or a Q may hang into the gap; the legs of g and p may not touch what is below.
            let hang = (ink[0].bottom() * scale[0]).max(0.0);
            let hang = if hang < 0.16 * EM { hang * 0.3 } else { hang * 0.9 };
            hang - ink[1].top() * scale[1] + gap * scale[0].min(scale[1])
        })
        .collect();
    if setting.fit == Fit::Even {
        let most = steps.iter().copied().fold(0.0, f32::max);
        steps.fill(most);
    }
    let mut at = 0.0;
    std::iter::once(0.0)
        .chain(steps.into_iter().map(|step| {
            at += step;
            at
        }))
        .collect()
}

impl Block {
    /// From a place in the block to one in a picture where the block's middle is at `x`, `y`.
    pub(crate) fn transform(&self, x: f32, y: f32) -> Transform {
        Transform::from_translate(x, y).pre_concat(Transform::from_rotate(-self.tilt.to_degrees()))
    }

    /// Width and height of the upright box around the turned block with `padding` pixels on each side.
    pub(crate) fn extent(&self, padding: f32) -> (f32, f32) {
        let (w, h) = (self.ink.width() + 2.0 * padding, self.ink.height() + 2.0 * padding);
        let (sin, cos) = (self.tilt.sin().abs(), self.tilt.cos());
        (w * cos + h * sin, w * sin + h * cos)
    }

    /// From where to where each highlighted word reaches and which line it is in, before the turn.
    pub(crate) fn marks(&self) -> impl Iterator<Item = (Range<f32>, &SetLine)> {
        self.lines.iter().flat_map(|set| {
            set.line.marks.iter().map(move |mark| {
                let x = |at: f32| at * set.place.sx + set.place.tx;
                (x(mark.start)..x(mark.end), set)
            })
        })
    }
}

/// The direction of the first letter that has one (rules P2 and P3 of UAX 9).
pub(crate) fn is_right_to_left(text: &str) -> bool {
    let first = text.chars().find(|c| c.is_alphabetic());
    first.is_some_and(|c| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> Setting {
        Setting {
            face: Typeface::Anton,
            fit: Fit::Even,
            align: 0.0,
            padding: 0.1,
            gap: 0.15,
            tilt: 0.0,
            max_lines: 4,
            least_height: 20.0,
        }
    }

    fn block(text: &str, setting: &Setting, w: f32, h: f32) -> Block {
        set(&Title::parse(text).unwrap(), setting, w, h).unwrap().unwrap()
    }

    #[test]
    fn a_title_fills_its_box_and_stays_inside() {
        for text in [
            "Why?",
            "I tried this for 30 days",
            "مرحبا بالعالم الجديد",
            "人工知能が世界を変える",
            "🔥🔥🔥",
            "j",
            "—",
        ] {
            for (w, h, tilt) in [(600.0, 500.0, 0.0), (300.0, 600.0, 0.1), (900.0, 90.0, -0.07)] {
                let setting = Setting { tilt, ..setting() };
                let block = block(text, &setting, w, h);
                let (bw, bh) = block.extent(setting.padding * block.size);
                assert!(bw <= w * 1.001 && bh <= h * 1.001, "{text}: {bw}×{bh} in {w}×{h}");
                assert!(bw > w * 0.97 || bh > h * 0.97, "{text}: {bw}×{bh} in {w}×{h}");
                for line in &block.lines {
                    assert!(
                        line.ink.left() >= block.ink.left() - 0.1
                            && line.ink.right() <= block.ink.right() + 0.1
                    );
                }
            }
        }
    }

    #[test]
    fn lines_do_not_touch() {
        for fit in [Fit::Even, Fit::Poster] {
            let setting = Setting { fit, ..setting() };
            let block = block("Égypte jusqu'à Ågy, ÇÀ gjpq ŸÅ", &setting, 300.0, 600.0);
            assert!(block.lines.len() > 2);
            for pair in block.lines.windows(2) {
                assert!(pair[1].ink.top() > pair[0].ink.bottom() - 0.12 * pair[0].size, "{fit:?}");
            }
        }
    }

    #[test]
    fn a_word_too_long_for_the_box_is_torn_rather_than_unreadable() {
        let block = block(&"Donaudampfschifffahrt".repeat(3), &setting(), 300.0, 400.0);
        assert!(block.letter_height >= 20.0 && block.lines.len() > 1, "{}", block.letter_height);
    }

    #[test]
    fn wished_for_lines_are_kept_unless_they_are_too_many() {
        assert_eq!(block("a\nb\nc", &setting(), 2000.0, 100.0).lines.len(), 3);
        assert!(block("a\nb\nc\nd\ne\nf", &setting(), 500.0, 500.0).lines.len() <= 4);
    }

    #[test]
    fn right_to_left_lines_stand_at_the_right() {
        let block = block("هذا أطول سطر في العنوان\nقصير", &setting(), 600.0, 300.0);
        assert!(block.right_to_left);
        let (a, b) = (block.lines[0].ink, block.lines[1].ink);
        assert!((a.right() - b.right()).abs() < 1.0 && b.left() > a.left() + 20.0);
    }

    #[test]
    fn a_title_of_nothing_visible_is_nothing() {
        let title = Title::parse("\u{200b}").unwrap();
        assert!(set(&title, &setting(), 100.0, 100.0).unwrap().is_none());
    }
}
