//! Which font has each character, and where a line may end.
//!
//! Breaks follow UAX 14 with strict kinsoku for Chinese and Japanese, and a dictionary of words for Thai, Lao, Khmer
//! and Burmese, which write no spaces.

use std::ops::Range;

use domain::style::thumbnail::Typeface;
use icu_segmenter::options::{LineBreakOptions, LineBreakStrictness};
use icu_segmenter::{GraphemeClusterSegmenter, LineSegmenter, WordSegmenter};
use unicode_script::{Script, UnicodeScript};

use super::TypeError;
use super::fonts::{FontIndex, Fonts};

/// A stretch of text in one font.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Which bytes.
    pub range: Range<usize>,
    /// Which font.
    pub font: FontIndex,
}

/// Gives each character a font that has it. Runs follow each other without gaps.
///
/// A stretch of one script within a word is set in one font wherever any has all of it: a Greek word is not to have its
/// omega from a font that knows it as the sign for ohm alone.
pub(crate) fn itemise(fonts: &mut Fonts, text: &str, face: Typeface) -> Result<Vec<Run>, TypeError> {
    let kana = text.chars().any(|c| matches!(c, '\u{3041}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}'));
    let mut runs: Vec<Run> = Vec::new();
    for stretch in stretches(text) {
        let all = &text[stretch[0].start..stretch[stretch.len() - 1].end];
        let whole = fonts.pick(face, all, kana).ok();
        for range in stretch {
            let cluster = &text[range.clone()];
            let font = match whole {
                Some(font) => font,
                None if cluster == "\n" => runs.last().map_or(super::fonts::typeface(face), |run| run.font),
                None => {
                    fonts.pick(face, cluster, kana).map_err(|character| TypeError::NoGlyph { character })?
                }
            };
            match runs.last_mut() {
                Some(run) if run.font == font => run.range.end = range.end,
                _ => runs.push(Run { range, font }),
            }
        }
    }
    Ok(runs)
}

/// The clusters of a text in stretches of one script, cut also at spaces and around pictures. What belongs to no script, such
/// as figures and points, goes with what is before it.
fn stretches(text: &str) -> Vec<Vec<Range<usize>>> {
    let mut stretches: Vec<Vec<Range<usize>>> = Vec::new();
    let mut before = None;
    for range in clusters(text) {
        let cluster = &text[range.clone()];
        let kind = if cluster.trim().is_empty() {
            Kind::Space
        } else if super::fonts::wants_colour(cluster) {
            Kind::Picture
        } else {
            let mut scripts = cluster.chars().map(|c| c.script());
            let own = scripts.find(|script| !matches!(script, Script::Common | Script::Inherited));
            own.map_or(Kind::Any, |script| match script {
                // Japanese mixes these in one word, and one font has them all.
                Script::Hiragana | Script::Katakana => Kind::Letters(Script::Han),
                script => Kind::Letters(script),
            })
        };
        match (stretches.last_mut(), before) {
            (Some(last), Some(Kind::Letters(a))) if kind == Kind::Letters(a) || kind == Kind::Any => {
                last.push(range);
            }
            _ => {
                stretches.push(vec![range]);
                before = Some(kind);
            }
        }
    }
    stretches
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Space,
    Picture,
    Any,
    Letters(Script),
}

/// What a reader takes for one character each.
pub(crate) fn clusters(text: &str) -> Vec<Range<usize>> {
    let ends: Vec<usize> = GraphemeClusterSegmenter::new().segment_str(text).collect();
    ends.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

/// A piece of text that stays on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Which bytes, without the space after it.
    pub range: Range<usize>,
    /// Whether a space follows.
    pub space: bool,
    /// Whether the writer wished for a new line after it.
    pub ends_line: bool,
    /// Whether a word ends here. Chinese and Japanese lines may end inside one; it reads better when they don't.
    pub ends_word: bool,
    /// Whether it is a piece of a word that was torn where a hyphen has to say so.
    pub hyphen: bool,
}

/// Cuts a text where a line may end.
pub(crate) fn segments(text: &str) -> Vec<Segment> {
    let mut options = LineBreakOptions::default();
    options.strictness = Some(LineBreakStrictness::Strict);
    let ends: Vec<usize> = LineSegmenter::new_dictionary(options).segment_str(text).collect();
    let words: Vec<usize> = WordSegmenter::new_dictionary(Default::default()).segment_str(text).collect();
    let mut segments: Vec<Segment> = Vec::new();
    for pair in ends.windows(2) {
        let piece = &text[pair[0]..pair[1]];
        let word = piece.trim_end_matches([' ', '\n']);
        let rest = &piece[word.len()..];
        if word.is_empty() {
            continue;
        }
        segments.push(Segment {
            range: pair[0]..pair[0] + word.len(),
            space: rest.contains(' '),
            ends_line: rest.contains('\n'),
            ends_word: words.binary_search(&(pair[0] + word.len())).is_ok(),
            hyphen: false,
        });
    }
    segments
}

/// The same text with no line ending inside a word.
pub(crate) fn whole_words(segments: &[Segment]) -> Vec<Segment> {
    let mut whole: Vec<Segment> = Vec::new();
    for segment in segments {
        match whole.last_mut() {
            Some(last) if !last.ends_word && !last.space && !last.ends_line => {
                *last = Segment { range: last.range.start..segment.range.end, ..segment.clone() };
            }
            _ => whole.push(segment.clone()),
        }
    }
    whole
}

/// Cuts one segment further, between any two characters: for words too long for a line.
pub(crate) fn torn(text: &str, segment: &Segment) -> Vec<Segment> {
    let pieces = clusters(&text[segment.range.clone()]);
    let last = pieces.len().saturating_sub(1);
    let offset = segment.range.start;
    let whole = |(i, r): (usize, Range<usize>)| Segment {
        range: offset + r.start..offset + r.end,
        space: i == last && segment.space,
        ends_line: i == last && segment.ends_line,
        ends_word: i == last && segment.ends_word,
        hyphen: i != last && is_hyphenated(&text[offset + r.start..offset + r.end]),
    };
    pieces.into_iter().enumerate().map(whole).collect()
}

/// Whether the alphabet of this character marks a torn word with a hyphen: Latin, Greek, Cyrillic, Armenian.
fn is_hyphenated(cluster: &str) -> bool {
    cluster.chars().next().is_some_and(|c| c.is_alphabetic() && c < '\u{590}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fonts::fonts;

    fn pieces(text: &str) -> Vec<&str> {
        segments(text).into_iter().map(|s| &text[s.range]).collect()
    }

    #[test]
    fn lines_end_between_words_and_never_before_closing_marks() {
        assert_eq!(pieces("Top-10 ideas, now!"), ["Top-10", "ideas,", "now!"]);
        assert_eq!(pieces("「東京」へ。行こう"), ["「東", "京」", "へ。", "行", "こ", "う"]);
        assert_eq!(pieces("ラーメン"), ["ラー", "メ", "ン"]);
    }

    #[test]
    fn thai_is_cut_into_words() {
        assert_eq!(pieces("ภาษาไทยง่ายมาก"), ["ภาษา", "ไทย", "ง่าย", "มาก"]);
    }

    #[test]
    fn a_wished_for_line_end_is_kept() {
        let segments = segments("one\ntwo three");
        assert!(segments[0].ends_line && !segments[0].space);
        assert!(segments[1].space && !segments[1].ends_line);
    }

    #[test]
    fn clusters_stay_whole_in_one_font() {
        let text = "Go 👨‍👩‍👧 नमस्ते!";
        let runs = itemise(&mut fonts(), text, Typeface::Inter).unwrap();
        let parts: Vec<_> = runs.iter().map(|run| &text[run.range.clone()]).collect();
        assert_eq!(parts, ["Go ", "👨‍👩‍👧", " ", "नमस्ते!"]);
        let text = "ΠΩΣ έμαθα";
        let runs = itemise(&mut fonts(), text, Typeface::Anton).unwrap();
        assert!(
            runs.iter().filter(|run| run.range.len() > 1).all(|run| run.font == runs[0].font),
            "{runs:?}"
        );
        let error = itemise(&mut fonts(), "ok 𓂀", Typeface::Inter).unwrap_err();
        assert!(error.to_string().contains("𓂀") && error.to_string().contains("U+13080"), "{error}");
    }
}
