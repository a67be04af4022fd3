//! Thumbnails for a platform's own test: three that differ by one named thing, and one without text.
//!
//! A test says something only when one thing differs. So seed, style and everything not named stay as they are.

use domain::style::ThumbnailRecipe;
use domain::style::thumbnail::{Layout, Layouts};

use super::{Thumbnail, ThumbnailError, ThumbnailOptions, render};
use crate::subject::Cutout;
use crate::text::Title;

/// The one thing that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differ<'a> {
    /// Where the face is: right, left, middle.
    FaceSide,
    /// What the title says: the titles given, filled up from the option's own with other words highlighted and fewer words.
    Text(&'a [&'a str]),
    /// In which of the style's colours it is.
    Colour,
}

/// One picture of a test.
#[derive(Clone, Debug)]
pub struct Variant {
    /// What it is in the test: `face-right`, `text-2`, `colour-1`, `no-text` …
    pub name: String,
    /// Its title as it was set, marks and all.
    pub title: String,
    /// The picture and its figures.
    pub thumbnail: Thumbnail,
}

/// Makes the three pictures of a test and one without text, in this order.
pub fn test_variants(
    cutout: Option<&Cutout>,
    recipe: &ThumbnailRecipe,
    options: &ThumbnailOptions,
    differ: Differ,
) -> Result<Vec<Variant>, ThumbnailError> {
    plan(recipe, options, differ)?.iter().map(|planned| planned.render(cutout, recipe, options)).collect()
}

/// Makes one picture of a test, the `index`th of those that [`test_variants`] makes; the last one for any after it.
pub fn test_variant(
    cutout: Option<&Cutout>,
    recipe: &ThumbnailRecipe,
    options: &ThumbnailOptions,
    differ: Differ,
    index: usize,
) -> Result<Variant, ThumbnailError> {
    let all = plan(recipe, options, differ)?;
    all[index.min(all.len() - 1)].render(cutout, recipe, options)
}

/// What one picture of a test has of its own.
#[derive(Clone)]
struct Planned {
    name: String,
    title: String,
    layout: Option<Layout>,
    palette: usize,
}

impl Planned {
    fn render(
        &self,
        cutout: Option<&Cutout>,
        recipe: &ThumbnailRecipe,
        options: &ThumbnailOptions,
    ) -> Result<Variant, ThumbnailError> {
        let own = self.layout.map(|layout| with_layout(recipe, layout));
        let layout = if own.is_some() { 0 } else { options.layout };
        let options = ThumbnailOptions { title: &self.title, palette: self.palette, layout, ..*options };
        let thumbnail = render(cutout, own.as_ref().unwrap_or(recipe), &options)?;
        Ok(Variant { name: self.name.clone(), title: self.title.clone(), thumbnail })
    }
}

/// The three pictures of a test and the one without text.
fn plan(
    recipe: &ThumbnailRecipe,
    options: &ThumbnailOptions,
    differ: Differ,
) -> Result<Vec<Planned>, ThumbnailError> {
    let usual = Planned {
        name: "no-text".into(),
        title: options.title.to_owned(),
        layout: None,
        palette: options.palette,
    };
    let number = |what: &str, i: usize| format!("{what}-{}", i + 1);
    let mut all: Vec<Planned> = match differ {
        Differ::FaceSide => sides(recipe.layouts.nth(options.layout))
            .into_iter()
            .map(|(name, layout)| Planned { name: name.into(), layout: Some(layout), ..usual.clone() })
            .collect(),
        Differ::Text(titles) => texts(options, titles)?
            .into_iter()
            .enumerate()
            .map(|(i, title)| Planned { name: number("text", i), title, ..usual.clone() })
            .collect(),
        Differ::Colour => (0..3)
            .map(|i| Planned { name: number("colour", i), palette: options.palette + i, ..usual.clone() })
            .collect(),
    };
    all.push(Planned { title: String::new(), ..usual });
    Ok(all)
}

/// A recipe whose first layout is this one.
pub(crate) fn with_layout(recipe: &ThumbnailRecipe, layout: Layout) -> ThumbnailRecipe {
    let others = Layout::ALL.into_iter().filter(|other| *other != layout);
    let all = std::iter::once(layout).chain(others).collect();
    // All layouts, each once, always make a list of layouts.
    let layouts = Layouts::new(all).unwrap_or_else(|| recipe.layouts.clone());
    ThumbnailRecipe { layouts, ..recipe.clone() }
}

/// The style's own closeness where it has one for both sides; the middle is the title's over the chest.
fn sides(usual: Layout) -> [(&'static str, Layout); 3] {
    let close = matches!(usual, Layout::CloseLeft | Layout::CloseRight);
    [
        ("face-right", if close { Layout::CloseRight } else { Layout::PersonRight }),
        ("face-left", if close { Layout::CloseLeft } else { Layout::PersonLeft }),
        ("face-middle", Layout::TitleBelow),
    ]
}

fn texts(options: &ThumbnailOptions, titles: &[&str]) -> Result<Vec<String>, ThumbnailError> {
    let (mut all, mut seen) = (Vec::new(), Vec::new());
    let derived = derived(options.title)?;
    for title in titles.iter().map(|title| (*title).to_owned()).chain(derived) {
        // A title without a mark is set like the same title with the mark that it is given: one of them is enough.
        let parsed = Title::parse(&title)?;
        let set = written(&if options.highlight { parsed.clone().with_highlight(0) } else { parsed.clone() });
        if !seen.contains(&set) && !parsed.is_empty() && all.len() < 3 {
            all.push(title);
            seen.push(set);
        }
    }
    if all.len() < 3 { Err(ThumbnailError::TooFewTitles { found: all.len() }) } else { Ok(all) }
}

/// Titles from one: as it is, its strongest words alone, and with another word highlighted.
fn derived(title: &str) -> Result<Vec<String>, ThumbnailError> {
    let parsed = Title::parse(title)?;
    if parsed.is_empty() {
        return Ok(Vec::new());
    }
    let first = parsed.clone().with_highlight(0);
    let mut all = vec![written(&first)];
    if let Some(short) = shortened(&first) {
        all.push(short);
    }
    let unmarked = Title { marked: Vec::new(), ..parsed };
    let words = unmarked.words().len();
    all.extend(
        (0..words).map(|skip| written(&unmarked.clone().with_highlight(skip))).filter(|t| t.contains('*')),
    );
    all.push(written(&unmarked));
    Ok(all)
}

/// The title as one would write it.
fn written(title: &Title) -> String {
    let mut out = String::new();
    for (at, c) in title.text.char_indices() {
        out.extend(title.marked.iter().filter(|m| m.end == at || m.start == at).map(|_| '*'));
        if c == '*' {
            out.push('\\');
        }
        out.push(c);
    }
    out.extend(title.marked.iter().filter(|m| m.end == title.text.len()).map(|_| '*'));
    out
}

/// The highlighted words, with a neighbour when it is but one; `None` when that is the whole title.
fn shortened(title: &Title) -> Option<String> {
    let words = title.words();
    let mark = title.marked.first()?;
    let mut first = words.iter().position(|word| mark.start < word.end)?;
    let mut last = words.iter().rposition(|word| word.start < mark.end)?.max(first);
    if first == last {
        // The word after it, as in "10 mistakes"; or before it, as in "never again".
        if last + 1 < words.len() {
            last += 1;
        } else {
            first = first.saturating_sub(1);
        }
    }
    if last + 1 - first >= words.len() {
        return None;
    }
    let (start, end) = (words[first].start, words[last].end);
    let marked = title.marked.iter().filter(|m| start <= m.start && m.end <= end);
    let part = Title {
        text: title.text[start..end].to_owned(),
        marked: marked.map(|m| m.start - start..m.end - start).collect(),
    };
    Some(written(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_derived_from_one() {
        let all = derived("How I saved $10,000 in one year").unwrap();
        assert_eq!(all[0], "How I saved *$10,000* in one year");
        assert_eq!(all[1], "*$10,000* in");
        assert_eq!(derived("Rust in *20 minutes*").unwrap()[1], "*20 minutes*");
        assert_eq!(derived("They said never *again*").unwrap()[1], "never *again*");
        assert!(all.len() >= 4 && all[2..].iter().any(|title| title.contains("*saved*")));
        let mut distinct = all.clone();
        distinct.sort();
        distinct.dedup();
        assert!(distinct.len() >= 4, "{all:?}");
    }

    #[test]
    fn one_picture_of_a_test_is_the_one_that_all_of_it_has() {
        let catalogue = domain::style::Catalogue::built_in().unwrap();
        let style = catalogue.of_kind(domain::StyleKind::Thumbnail).next().unwrap();
        let domain::style::Recipe::Thumbnail(recipe) = &style.recipe else { panic!("a thumbnail style") };
        let size = domain::Size::new(320, 180);
        let options = ThumbnailOptions { title: "I quit coffee", size, ..ThumbnailOptions::default() };
        for differ in [Differ::FaceSide, Differ::Text(&[]), Differ::Colour] {
            let all = test_variants(None, recipe, &options, differ).unwrap();
            for (index, expected) in all.iter().enumerate() {
                let one = test_variant(None, recipe, &options, differ, index).unwrap();
                assert_eq!(one.name, expected.name);
                assert!(one.thumbnail.picture == expected.thumbnail.picture, "{}", one.name);
            }
        }
    }

    #[test]
    fn a_title_is_written_back_as_it_was() {
        for title in ["a *b* c", r"2 \* 3", "*all*", "plain"] {
            assert_eq!(written(&Title::parse(title).unwrap()), title);
        }
    }

    #[test]
    fn the_titles_of_a_test_differ_as_they_are_set() {
        let catalogue = domain::style::Catalogue::built_in().unwrap();
        let style = catalogue.of_kind(domain::StyleKind::Thumbnail).next().unwrap();
        let domain::style::Recipe::Thumbnail(recipe) = &style.recipe else { panic!("a thumbnail style") };
        let options = ThumbnailOptions {
            title: "I quit coffee",
            size: domain::Size::new(320, 180),
            ..ThumbnailOptions::default()
        };
        for titles in [&["I quit coffee"][..], &[]] {
            let made = test_variants(None, recipe, &options, Differ::Text(titles)).unwrap();
            assert_eq!(made.len(), 4);
            for (i, a) in made.iter().enumerate() {
                for b in &made[..i] {
                    assert!(a.thumbnail.picture != b.thumbnail.picture, "{} is {}", a.title, b.title);
                }
            }
        }
    }
}
