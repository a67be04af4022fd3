//! Reads one style file.
//!
//! Style files are written by people, so a mistake is answered with the file, the line, the field and what to
//! write instead. The folder says which product a style is for, the file's name is its id, and an unknown field is an
//! error, not a surprise: a misspelt `vignete` that did nothing would be looked for in the renderer.

use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::catalogue::{one_of, similar};
use super::{HeadshotRecipe, Recipe, Style, StyleId, StyleKind, ThumbnailRecipe};

/// Bytes of the largest style file that is read; real ones have about 2,000.
pub const MAX_STYLE_BYTES: usize = 64 * 1024;

/// Lists of a recipe that choices are drawn from, and how many entries each needs at least.
const NEEDED: [(StyleKind, &str, usize); 2] =
    [(StyleKind::Headshot, "backgrounds", 1), (StyleKind::Thumbnail, "layouts", 3)];

/// A style file that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct StyleError {
    /// The file, below its folder of styles.
    pub file: String,
    /// The line in it, counted from 1.
    pub line: usize,
    /// The field, as a dotted path; empty when the file as a whole is at fault.
    pub field: String,
    /// What is wrong with it and what to write instead.
    pub message: String,
}

impl fmt::Display for StyleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StyleError { file, line, field, message } = self;
        let colon = if field.is_empty() { "" } else { ": " };
        write!(f, "{file}:{line}: {field}{colon}{message}")
    }
}

/// What a file holds; the recipe differs by product.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StyleFile<R> {
    name: Words<60>,
    description: Words<300>,
    category: Words<40>,
    prompt: Words<4000>,
    recipe: R,
}

/// Text of 1 to `MAX` characters, trimmed, fit to be printed anywhere.
struct Words<const MAX: usize>(String);

impl<'de, const MAX: usize> Deserialize<'de> for Words<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let text = text.trim();
        if text.is_empty() {
            return Err(D::Error::custom("is empty: write a few words"));
        }
        let length = text.chars().count();
        if length > MAX {
            return Err(D::Error::custom(format_args!("has {length} characters: use at most {MAX}")));
        }
        // Control characters would reach terminals; a prompt may have several lines.
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(D::Error::custom("holds a control character: use plain text"));
        }
        Ok(Words(text.to_owned()))
    }
}

/// The style in the file at `path` (such as `headshot/corporate.toml`) with these bytes.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Style, StyleError> {
    let whole =
        |line, message: String| StyleError { file: path.to_owned(), line, field: String::new(), message };
    let (kind, id) = kind_and_id(path).map_err(|message| whole(1, message))?;
    if bytes.len() > MAX_STYLE_BYTES {
        return Err(whole(1, format!("has {} bytes: a style has at most {MAX_STYLE_BYTES}", bytes.len())));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        whole(line, "is not UTF-8 text: save the file as UTF-8".to_owned())
    })?;
    let reader = Reader { path, text };
    match kind {
        StyleKind::Headshot => reader.style(kind, id, |r: HeadshotRecipe| Recipe::Headshot(Box::new(r))),
        StyleKind::Thumbnail => reader.style(kind, id, |r: ThumbnailRecipe| Recipe::Thumbnail(Box::new(r))),
    }
}

fn kind_and_id(path: &str) -> Result<(StyleKind, StyleId), String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let kind = match folder {
        "headshot" => StyleKind::Headshot,
        "thumbnail" => StyleKind::Thumbnail,
        _ => return Err("lies in the wrong place: move it into the folder headshot or thumbnail".to_owned()),
    };
    let id = name.strip_suffix(".toml").and_then(StyleId::new).ok_or(
        "has a name that can't be typed easily: use 1 to 64 lower-case letters, digits and single hyphens, \
         such as studio-white.toml",
    )?;
    Ok((kind, id))
}

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn style<R: DeserializeOwned>(
        &self,
        kind: StyleKind,
        id: StyleId,
        recipe: impl FnOnce(R) -> Recipe,
    ) -> Result<Style, StyleError> {
        let document =
            DeTable::parse(self.text).map_err(|e| self.error(e.span(), String::new(), e.message()))?;
        let needed = self.check_lists(kind, document.get_ref());
        let file: StyleFile<R> = serde_path_to_error::deserialize(toml::de::Deserializer::from(document))
            .map_err(|e| self.error(e.inner().span(), dotted(e.path()), e.inner().message()))?;
        needed?;
        Ok(Style {
            id,
            name: file.name.0,
            description: file.description.0,
            category: file.category.0,
            prompt: file.prompt.0,
            recipe: recipe(file.recipe),
        })
    }

    /// Whether the lists of [`NEEDED`] are long enough. What is no list is the parser's to refuse.
    fn check_lists(&self, kind: StyleKind, document: &DeTable<'_>) -> Result<(), StyleError> {
        let recipe = document.get("recipe").and_then(|r| r.get_ref().as_table());
        for (_, name, least) in NEEDED.iter().filter(|(of, ..)| *of == kind) {
            let list: Option<&Spanned<DeValue<'_>>> = recipe.and_then(|r| r.get(*name));
            let Some((list, entries)) = list.and_then(|l| Some((l, l.get_ref().as_array()?))) else {
                continue;
            };
            if entries.len() < *least {
                let message = format!("has {} entries: write at least {least}", entries.len());
                return Err(self.error(Some(list.span()), format!("recipe.{name}"), &message));
            }
        }
        Ok(())
    }

    fn error(&self, span: Option<Range<usize>>, parent: String, message: &str) -> StyleError {
        let start = span.map_or(0, |span| span.start.min(self.text.len()));
        let line = self.text.as_bytes()[..start].iter().filter(|b| **b == b'\n').count() + 1;
        let (missing, message) = in_plain_words(message);
        let field = match missing {
            Some(name) if parent.is_empty() => name,
            Some(name) if !parent.ends_with(&name) => format!("{parent}.{name}"),
            _ => parent,
        };
        StyleError { file: self.path.to_owned(), line, field, message }
    }
}

fn dotted(path: &serde_path_to_error::Path) -> String {
    let text = path.to_string();
    if text == "." { String::new() } else { text.trim_end_matches(".?").to_owned() }
}

/// The parser's message for people, and the field that it names where that field has no place of its own.
fn in_plain_words(message: &str) -> (Option<String>, String) {
    let mut quoted = message.split('`').skip(1).step_by(2).map(str::to_owned);
    if let Some(rest) = message.strip_prefix("missing field ") {
        return (Some(rest.trim_matches('`').to_owned()), "is missing: write it".to_owned());
    }
    if message.starts_with("unknown field ") || message.starts_with("unknown variant ") {
        let wrong = quoted.next().unwrap_or_default();
        let advice = not_known(&wrong, &quoted.collect::<Vec<_>>());
        return (message.starts_with("unknown field ").then_some(wrong), advice);
    }
    // How the parser says the same of a variant's fields.
    if let Some((wrong, known)) =
        message.strip_prefix("unexpected keys in table: ").and_then(|m| m.split_once(", available keys: "))
    {
        let known: Vec<_> = known.split(", ").map(str::to_owned).collect();
        let wrong = wrong.split(", ").next().unwrap_or_default();
        return (Some(wrong.to_owned()), not_known(wrong, &known));
    }
    let plain = [("invalid type: ", "found "), ("invalid value: ", "found "), ("floating point `", "`")]
        .into_iter()
        .fold(message.replace('\n', " "), |text, (from, to)| text.replace(from, to));
    let plain = plain
        .replace("expected f32", "write a number")
        .replace("expected f64", "write a number")
        .replace("expected a string", "write text in quotes")
        .replace("expected a sequence", "write a list in [ ]");
    (None, plain)
}

fn not_known(wrong: &str, known: &[String]) -> String {
    let advice = match similar(wrong, known.iter().map(String::as_str)).as_slice() {
        [] if known.is_empty() => "take it out".to_owned(),
        [] => format!("use {}", one_of(known)),
        meant => format!("did you mean {}?", one_of(meant)),
    };
    format!("\"{wrong}\" is not known here: {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r##"name = "Corporate"
description = "Plain and calm."
category = "Business"
prompt = """
Navy suit,
grey backdrop."""

[recipe]
backgrounds = [
    { plain = { colour = "#d9dde3" } },
    { plain = { colour = "#20304a" } },
]
frame = "head-and-shoulders"

[recipe.light]
side = -0.5
strength = 1
"##;

    fn error(text: &str) -> StyleError {
        read("headshot/corporate.toml", text.as_bytes()).unwrap_err()
    }

    /// The error after one replacement in a good file: line, field, message.
    #[track_caller]
    fn after(from: &str, to: &str) -> (usize, String, String) {
        assert!(GOOD.contains(from), "{from}");
        let error = error(&GOOD.replacen(from, to, 1));
        assert_eq!(error.file, "headshot/corporate.toml");
        (error.line, error.field, error.message)
    }

    #[track_caller]
    fn expect(from: &str, to: &str, line: usize, field: &str, message: &str) {
        let (l, f, m) = after(from, to);
        assert_eq!((l, f.as_str(), m.as_str()), (line, field, message));
    }

    #[test]
    fn a_good_file_is_read_and_trimmed() {
        let style = read("headshot/corporate.toml", GOOD.as_bytes()).unwrap();
        assert_eq!((style.id.as_str(), style.name.as_str()), ("corporate", "Corporate"));
        assert_eq!(style.prompt, "Navy suit,\ngrey backdrop.");
        let Recipe::Headshot(recipe) = style.recipe else { panic!("the folder decides the kind") };
        assert_eq!(recipe.backgrounds.len(), 2);
        assert_eq!(recipe.light.strength.get(), 1.0);
    }

    #[test]
    fn an_unknown_field_is_named_with_what_was_meant() {
        expect(
            "side = ",
            "sied = ",
            16,
            "recipe.light.sied",
            "\"sied\" is not known here: did you mean side?",
        );
        expect(
            "name = ",
            "colour = 1\nname = ",
            1,
            "colour",
            "\"colour\" is not known here: use name, description, category, prompt or recipe",
        );
        expect(
            "plain = { colour",
            "plain = { color",
            10,
            "recipe.backgrounds[0].plain.color",
            "\"color\" is not known here: did you mean colour?",
        );
    }

    #[test]
    fn a_missing_field_is_named() {
        expect("category = \"Business\"\n", "", 1, "category", "is missing: write it");
        expect(
            "plain = { colour = \"#d9dde3\" }",
            "plain = {}",
            10,
            "recipe.backgrounds[0].plain.colour",
            "is missing: write it",
        );
        assert_eq!(error("").field, "name");
    }

    #[test]
    fn a_wrong_type_says_what_to_write() {
        expect("-0.5", "\"left\"", 16, "recipe.light.side", "found string \"left\", write a number");
        expect("\"Corporate\"", "7", 1, "name", "found integer `7`, write text in quotes");
        let (line, field, message) = after("[\n    {", "5 #[\n    {");
        assert!(message.contains("expected") && line > 0 && field.is_empty(), "{line} {field} {message}");
        let (line, field, message) = after(
            "[\n    { plain = { colour = \"#d9dde3\" } },\n    { plain = { colour = \"#20304a\" } },\n]",
            "5",
        );
        assert_eq!((line, field.as_str()), (9, "recipe.backgrounds"));
        assert!(message.contains("write a list"), "{message}");
    }

    #[test]
    fn a_number_out_of_range_and_a_bad_colour_are_refused_on_their_line() {
        expect("-0.5", "-1.5", 16, "recipe.light.side", "-1.5 is out of range: use -1 to 1");
        expect("= 1\n", "= nan\n", 17, "recipe.light.strength", "NaN is out of range: use 0 to 1");
        expect(
            "#20304a",
            "navy",
            11,
            "recipe.backgrounds[1].plain.colour",
            "\"navy\" is not a colour: write it as #rrggbb, for example #1f3a5f",
        );
    }

    #[test]
    fn an_unknown_choice_lists_the_known_ones() {
        let (line, field, message) = after("head-and-shoulders", "head-and-shoulder");
        assert_eq!((line, field.as_str()), (13, "recipe.frame"));
        assert_eq!(message, "\"head-and-shoulder\" is not known here: did you mean head-and-shoulders?");
        let (line, field, _) = after("plain", "plane");
        assert_eq!((line, field.as_str()), (10, "recipe.backgrounds[0]"));
    }

    #[test]
    fn words_are_neither_empty_nor_endless_nor_control_characters() {
        expect("\"Corporate\"", "\"  \"", 1, "name", "is empty: write a few words");
        expect("\"Business\"", "\"\\u001b[31m\"", 3, "category", "holds a control character: use plain text");
        let (line, field, message) = after("Plain and calm.", &"é".repeat(301));
        assert_eq!((line, field.as_str()), (2, "description"));
        assert_eq!(message, "has 301 characters: use at most 300");
    }

    #[test]
    fn a_list_without_choice_is_refused() {
        let text = GOOD.replace(
            "    { plain = { colour = \"#d9dde3\" } },\n    { plain = { colour = \"#20304a\" } },\n",
            "",
        );
        let error = error(&text);
        assert_eq!((error.line, error.field.as_str()), (9, "recipe.backgrounds"));
        assert_eq!(error.message, "has 0 entries: write at least 1");
        let thumbnail = "name = \"a\"\ndescription = \"b\"\ncategory = \"c\"\nprompt = \"d\"\n[recipe]\nlayouts = [1, 2]\n";
        assert!(read("thumbnail/bold.toml", thumbnail.as_bytes()).is_err());
    }

    #[test]
    fn a_syntax_error_has_its_line() {
        assert_eq!(error("name = \"a\"\ndescription = \"b\n").line, 2);
        assert_eq!(error("name = \"a\"\nname = \"b\"\n").line, 2);
        assert!(error("name = \"a\"\n\n]").to_string().starts_with("headshot/corporate.toml:3: "));
    }

    #[test]
    fn a_file_in_the_wrong_place_or_with_a_bad_name_is_refused() {
        for path in ["corporate.toml", "portrait/corporate.toml", "a/headshot/corporate.toml", ""] {
            assert!(read(path, GOOD.as_bytes()).unwrap_err().message.contains("wrong place"), "{path}");
        }
        for path in
            ["headshot/Corporate.toml", "headshot/.toml", "headshot/a b.toml", "headshot/corporate.txt"]
        {
            assert!(read(path, GOOD.as_bytes()).unwrap_err().message.contains("studio-white.toml"), "{path}");
        }
    }

    #[test]
    fn what_is_not_utf_8_or_huge_is_refused_before_it_is_parsed() {
        let error = read("headshot/a.toml", b"name = \"a\"\n# caf\xe9\n").unwrap_err();
        assert_eq!((error.line, error.message.as_str()), (2, "is not UTF-8 text: save the file as UTF-8"));
        let huge = format!("{GOOD}#{}", "x".repeat(MAX_STYLE_BYTES));
        assert!(read("headshot/a.toml", huge.as_bytes()).unwrap_err().message.contains("at most 65536"));
        let deep = format!("name = {}", "[".repeat(60_000));
        assert!(read("headshot/a.toml", deep.as_bytes()).is_err());
    }
}
