//! A line of text to outlines, by a real shaping library: ligatures, marks, joined and reordered letters.

use std::ops::Range;

use cosmic_text::{
    Attrs, AttrsList, CacheKey, CacheKeyFlags, Command, Family, Hinting, Metrics, ShapeLine, Shaping,
    SubpixelBin, SwashContent, Wrap,
};
use tiny_skia::{Path, PathBuilder, Rect, Transform};

use super::fonts::{EMOJI, Fonts, typeface};
use super::itemise::Run;
use super::{Title, TypeError};
use domain::style::thumbnail::Typeface;

/// Outlines are made at this many pixels an em and scaled: nothing is hinted, so nothing is lost.
pub(crate) const EM: f32 = 200.0;

/// A line set at [`EM`]: x from where it starts, y down from its baseline.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    /// Letters as they are.
    pub plain: Option<Path>,
    /// Letters of highlighted words.
    pub marked: Option<Path>,
    /// From where to where each highlighted word reaches.
    pub marks: Vec<Range<f32>>,
    /// Pictures among the letters.
    pub emoji: Vec<Emoji>,
    /// What is inked, pictures included; `None` for a line of spaces.
    pub ink: Option<Rect>,
    /// How far the line advances.
    pub width: f32,
}

/// A picture among letters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Emoji {
    key: CacheKey,
    x: f32,
    y: f32,
    /// Where it is inked.
    pub ink: Rect,
}

/// What is set: a title, the font of each part, and the direction of the whole.
pub(crate) struct Text<'a> {
    pub title: &'a Title,
    pub runs: &'a [Run],
    pub face: Typeface,
    pub right_to_left: bool,
}

impl Text<'_> {
    /// Shapes a part of the text as a line of its own, with a hyphen after it when a word goes on in the next.
    pub(crate) fn line(
        &self,
        fonts: &mut Fonts,
        range: Range<usize>,
        hyphen: bool,
    ) -> Result<Line, TypeError> {
        // A mark of direction in front: a line that happens to begin with a foreign word keeps the title's direction.
        let mark = if self.right_to_left { '\u{200f}' } else { '\u{200e}' };
        let part = self.title.text[range.clone()].replace('\n', " ");
        let text = format!("{mark}{part}{}", if hyphen { "-" } else { "" });
        let shift = mark.len_utf8();
        let attrs = self.attrs(fonts, &range, shift);
        let shaped = ShapeLine::new(&mut fonts.system, &text, &attrs, Shaping::Advanced, 1);
        let laid = shaped.layout(EM, None, Wrap::None, None, None, Hinting::Disabled);
        let mut line = Outlines::default();
        for glyph in laid.iter().flat_map(|line| &line.glyphs) {
            let source = &text[glyph.start..glyph.end];
            if glyph.glyph_id == 0 && !source.chars().all(super::fonts::is_invisible) {
                let character = source.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER);
                return Err(TypeError::NoGlyph { character });
            }
            line.add(fonts, glyph);
        }
        line.line.width = laid.first().map_or(0.0, |line| line.w);
        Ok(line.finish())
    }

    fn attrs(&self, fonts: &Fonts, range: &Range<usize>, shift: usize) -> AttrsList {
        let own = &fonts.faces[typeface(self.face)];
        let base = Attrs::new().family(Family::Name(&own.family)).weight(own.weight);
        let mut list = AttrsList::new(&base);
        let parts = cut(range, self.runs, &self.title.marked);
        for (part, font, marked) in parts {
            let face = &fonts.faces[font];
            let size = EM * relative_size(font, own.cap_height, face.cap_height);
            let attrs = Attrs::new()
                .family(Family::Name(&face.family))
                .weight(face.weight)
                .metadata(usize::from(marked))
                .metrics(Metrics::new(size, size));
            list.add_span(part.start - range.start + shift..part.end - range.start + shift, &attrs);
        }
        list
    }
}

/// Type of another font beside the title's own: as tall as its capitals; pictures a little taller.
fn relative_size(font: usize, own_capitals: f32, capitals: f32) -> f32 {
    if font == EMOJI { own_capitals * 1.15 } else { own_capitals / capitals }
}

/// The parts of `range` that are of one font and either highlighted or not.
fn cut<'a>(
    range: &'a Range<usize>,
    runs: &'a [Run],
    marked: &'a [Range<usize>],
) -> impl Iterator<Item = (Range<usize>, usize, bool)> + 'a {
    runs.iter().flat_map(move |run| {
        let (start, end) = (run.range.start.max(range.start), run.range.end.min(range.end));
        let mut ends: Vec<usize> = marked.iter().flat_map(|m| [m.start, m.end]).chain([end]).collect();
        ends.retain(|at| *at > start && *at <= end);
        ends.dedup();
        let mut from = start;
        ends.into_iter().map(move |to| {
            let part = from..to;
            from = to;
            let inside = marked.iter().any(|m| m.start <= part.start && part.end <= m.end);
            (part, run.font, inside)
        })
    })
}

#[derive(Default)]
struct Outlines {
    line: Line,
    plain: PathBuilder,
    marked: PathBuilder,
    last_marked: bool,
}

impl Outlines {
    fn add(&mut self, fonts: &mut Fonts, glyph: &cosmic_text::LayoutGlyph) {
        let key = CacheKey {
            font_id: glyph.font_id,
            glyph_id: glyph.glyph_id,
            font_size_bits: glyph.font_size.to_bits(),
            x_bin: SubpixelBin::Zero,
            y_bin: SubpixelBin::Zero,
            font_weight: glyph.font_weight,
            flags: CacheKeyFlags::DISABLE_HINTING,
        };
        let x = glyph.x + glyph.font_size * glyph.x_offset;
        let y = glyph.y - glyph.font_size * glyph.y_offset;
        let marked = glyph.metadata == 1;
        if marked {
            let (from, to) = (glyph.x, glyph.x + glyph.w);
            match self.line.marks.last_mut() {
                Some(mark) if self.last_marked => *mark = mark.start.min(from)..mark.end.max(to),
                _ => self.line.marks.push(from..to),
            }
        }
        self.last_marked = marked;
        if glyph.font_id == fonts.faces[EMOJI].id {
            if let Some(ink) = bitmap(fonts, key).and_then(|(_, left, top, w, h)| {
                Rect::from_xywh(x + left as f32, y - top as f32, w as f32, h as f32)
            }) {
                self.line.emoji.push(Emoji { key, x, y, ink });
            }
            return;
        }
        let Fonts { system, cache, .. } = fonts;
        let outline = cache.get_outline_commands(system, key).unwrap_or_default();
        draw(if marked { &mut self.marked } else { &mut self.plain }, outline, x, y);
    }

    fn finish(self) -> Line {
        let Outlines { mut line, plain, marked, .. } = self;
        line.plain = plain.finish();
        line.marked = marked.finish();
        let paths = [&line.plain, &line.marked].into_iter().flatten().map(Path::bounds);
        line.ink = paths.chain(line.emoji.iter().map(|emoji| emoji.ink)).reduce(|a, b| {
            let (l, t) = (a.left().min(b.left()), a.top().min(b.top()));
            let (r, d) = (a.right().max(b.right()), a.bottom().max(b.bottom()));
            Rect::from_ltrb(l, t, r, d).unwrap_or(a)
        });
        line
    }
}

/// Adds a glyph's outline, whose y points up, at a place where y points down.
fn draw(path: &mut PathBuilder, outline: &[Command], x: f32, y: f32) {
    for command in outline {
        match command {
            Command::MoveTo(p) => path.move_to(x + p.x, y - p.y),
            Command::LineTo(p) => path.line_to(x + p.x, y - p.y),
            Command::QuadTo(c, p) => path.quad_to(x + c.x, y - c.y, x + p.x, y - p.y),
            Command::CurveTo(c, d, p) => {
                path.cubic_to(x + c.x, y - c.y, x + d.x, y - d.y, x + p.x, y - p.y);
            }
            Command::Close => path.close(),
        }
    }
}

/// A picture's straight RGBA pixels, its left and top from the pen, its width and height.
type Bitmap = (Vec<u8>, i32, i32, u32, u32);

fn bitmap(fonts: &mut Fonts, key: CacheKey) -> Option<Bitmap> {
    let image = fonts.cache.get_image_uncached(&mut fonts.system, key)?;
    let place = image.placement;
    (image.content == SwashContent::Color).then_some((
        image.data,
        place.left,
        place.top,
        place.width,
        place.height,
    ))
}

impl Emoji {
    /// The picture as premultiplied pixels for a line drawn with `transform`, which has no skew, only a turn.
    pub(crate) fn draw(&self, fonts: &mut Fonts, target: &mut tiny_skia::Pixmap, transform: Transform) {
        // Made at the size it is shown in, so that it is resampled once.
        let scale = transform.sx.hypot(transform.ky);
        let size = f32::from_bits(self.key.font_size_bits) * scale;
        let key = CacheKey { font_size_bits: size.to_bits(), ..self.key };
        let Some((mut data, left, top, width, height)) = bitmap(fonts, key) else { return };
        for pixel in data.as_chunks_mut::<4>().0 {
            let a = u16::from(pixel[3]);
            for v in &mut pixel[..3] {
                *v = ((u16::from(*v) * a + 127) / 255) as u8;
            }
        }
        let Some(size) = tiny_skia::IntSize::from_wh(width, height) else { return };
        let Some(picture) = tiny_skia::Pixmap::from_vec(data, size) else { return };
        let place = transform
            .pre_translate(self.x, self.y)
            .pre_scale(1.0 / scale, 1.0 / scale)
            .pre_translate(left as f32, -top as f32);
        let paint =
            tiny_skia::PixmapPaint { quality: tiny_skia::FilterQuality::Bicubic, ..Default::default() };
        target.draw_pixmap(0, 0, picture.as_ref(), &paint, place, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fonts::fonts;
    use crate::text::itemise::itemise;

    fn line(text: &str) -> Line {
        let title = Title::parse(text).unwrap();
        let fonts = &mut fonts();
        let runs = itemise(fonts, &title.text, Typeface::Inter).unwrap();
        let right_to_left = unicode_bidi_is_rtl(&title.text);
        let text = Text { title: &title, runs: &runs, face: Typeface::Inter, right_to_left };
        text.line(fonts, 0..title.text.len(), false).unwrap()
    }

    fn unicode_bidi_is_rtl(text: &str) -> bool {
        crate::text::block::is_right_to_left(text)
    }

    #[test]
    fn joined_letters_are_shaped_and_not_only_placed() {
        // Lam and alef make one ligature, narrower than both apart.
        assert!(line("لا").width < line("ل ا").width * 0.9);
        // The vowel sign i is drawn before its consonant.
        assert!(line("कि").width > line("क").width);
        // Kerning.
        assert!(line("AV").width < line("A").width + line("V").width - 1.0);
    }

    #[test]
    fn a_highlighted_word_of_a_right_to_left_title_stands_at_the_left_when_it_is_last() {
        let last = line("كيف تربح *المال*");
        let first = line("*كيف* تربح المال");
        assert!(last.marks[0].end < first.marks[0].start);
        assert_eq!(last.marks.len(), 1);
    }

    #[test]
    fn emoji_are_pictures_and_joined_ones_are_one() {
        let family = line("👨‍👩‍👧");
        assert_eq!(family.emoji.len(), 1);
        assert!(family.plain.is_none());
        assert_eq!(line("a 🔥 b 🚀").emoji.len(), 2);
        assert_eq!(line("🇺🇳").emoji.len(), 1);
        let ink = family.ink.unwrap();
        assert!(ink.height() > 0.6 * EM && ink.height() < 1.3 * EM, "{ink:?}");
    }
}
