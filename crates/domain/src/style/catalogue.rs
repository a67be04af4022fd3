//! Keeps styles in order and finds them by name.
//!
//! The project's own styles are embedded, so that the binary needs no folder beside it. A person's own are
//! added on top and replace what has the same id. All of a folder is taken or none of it: a style that silently
//! went missing would be looked for in the wrong place. Nothing here reads a disk; whoever does hands over bytes.

use std::fmt;

use include_dir::{Dir, include_dir};

pub use super::file::{MAX_STYLE_BYTES, StyleError};
use super::{Style, StyleKind, file};

/// The styles of the project, as they lie in the repository.
static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../styles");

/// All styles, ordered by kind, category, name and id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    styles: Vec<Style>,
}

impl Catalogue {
    /// The project's own styles. An error is a mistake in the project itself; a test reads them all.
    pub fn built_in() -> Result<Self, StyleErrors> {
        let mut catalogue = Catalogue::default();
        let files = BUILT_IN.dirs().flat_map(Dir::files);
        catalogue.add_folder_files(files.map(|file| (file.path().to_string_lossy(), file.contents())))?;
        Ok(catalogue)
    }

    /// Adds a folder of style files: paths below the folder (`headshot/mine.toml`, with `/` on every system) and
    /// what the files hold. Files of other endings are passed over. A style replaces one of the same id and kind.
    ///
    /// Every bad file is reported, and then nothing is added.
    pub fn add_folder_files(
        &mut self,
        files: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
    ) -> Result<(), StyleErrors> {
        let mut errors = Vec::new();
        let mut styles = self.styles.clone();
        for (path, bytes) in files {
            if !path.as_ref().ends_with(".toml") {
                continue;
            }
            match file::read(path.as_ref(), bytes.as_ref()) {
                Ok(style) => insert(&mut styles, style),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
            return Err(StyleErrors(errors));
        }
        styles.sort_by(|a, b| order(a).cmp(&order(b)));
        self.styles = styles;
        Ok(())
    }

    /// Every style, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Style> {
        self.styles.iter()
    }

    /// The styles of one product, in order.
    pub fn of_kind(&self, kind: StyleKind) -> impl Iterator<Item = &Style> {
        self.styles.iter().filter(move |style| style.kind() == kind)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.styles.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.styles.is_empty()
    }

    /// The style of this product with this id. The error names what may have been meant.
    pub fn find(&self, kind: StyleKind, id: &str) -> Result<&Style, UnknownStyle> {
        let mut of_id = self.styles.iter().filter(|style| style.id.as_str() == id);
        self.of_kind(kind).find(|style| style.id.as_str() == id).ok_or_else(|| UnknownStyle {
            kind,
            id: id.chars().take(64).collect(),
            of_other_kind: of_id.next().is_some(),
            similar: similar(id, self.of_kind(kind).map(|style| style.id.as_str())),
        })
    }
}

fn order(style: &Style) -> (u8, &str, &str, &str) {
    (style.kind() as u8, &style.category, &style.name, style.id.as_str())
}

fn insert(styles: &mut Vec<Style>, style: Style) {
    match styles.iter_mut().find(|known| known.id == style.id && known.kind() == style.kind()) {
        Some(known) => *known = style,
        None => styles.push(style),
    }
}

/// Up to three of `names` that may have been meant by `wanted`, the likeliest first: those that hold it, then
/// those alike by [Jaro-Winkler](https://en.wikipedia.org/wiki/Jaro–Winkler_distance) similarity.
pub fn similar<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let likeness = |name: &str| {
        let part = wanted.len() >= 3 && (name.contains(&wanted) || wanted.contains(name));
        if part { 1.0 } else { strsim::jaro_winkler(&wanted, name) }
    };
    let mut alike: Vec<_> = names.map(|name| (likeness(name), name)).filter(|(l, _)| *l > 0.78).collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    alike.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

/// "a, b or c", for the end of a question.
pub(crate) fn one_of(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// All the bad files of a folder, by file and line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct StyleErrors(pub Vec<StyleError>);

impl fmt::Display for StyleErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// A style that is not in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct UnknownStyle {
    /// The product it was wanted for.
    pub kind: StyleKind,
    /// What was asked for.
    pub id: String,
    /// Whether the other product has a style of this id.
    pub of_other_kind: bool,
    /// What may have been meant, the likeliest first.
    pub similar: Vec<String>,
}

impl fmt::Display for UnknownStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of_other_kind {
            write!(f, "\"{}\" is not a {} style but one of the other kind", self.id, self.kind)?;
        } else {
            write!(f, "there is no {} style \"{}\"", self.kind, self.id)?;
        }
        match self.similar.as_slice() {
            [] => Ok(()),
            names => write!(f, ": did you mean {}?", one_of(names)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(name: &str) -> String {
        format!(
            "name = \"{name}\"\ndescription = \"d\"\ncategory = \"Studio\"\nprompt = \"p\"\n\
             [recipe]\nbackgrounds = [{{ plain = {{ colour = \"#ffffff\" }} }}]\n"
        )
    }

    fn catalogue(files: &[(&str, &str)]) -> Catalogue {
        let mut catalogue = Catalogue::default();
        let files: Vec<_> =
            files.iter().map(|(path, name)| (format!("headshot/{path}.toml"), style(name))).collect();
        catalogue.add_folder_files(files).unwrap();
        catalogue
    }

    fn ids(catalogue: &Catalogue) -> Vec<&str> {
        catalogue.iter().map(|style| style.id.as_str()).collect()
    }

    #[test]
    fn every_style_of_the_project_is_sound() {
        let catalogue = Catalogue::built_in().unwrap_or_else(|errors| panic!("{errors}"));
        for style in catalogue.iter() {
            assert_eq!(catalogue.find(style.kind(), style.id.as_str()), Ok(style));
        }
    }

    #[test]
    fn the_order_is_the_same_whatever_the_folder_says() {
        let one = catalogue(&[("b", "Beta"), ("a", "Beta"), ("z", "Alpha")]);
        let two = catalogue(&[("z", "Alpha"), ("a", "Beta"), ("b", "Beta")]);
        assert_eq!(ids(&one), ["z", "a", "b"]);
        assert_eq!(one, two);
    }

    #[test]
    fn an_own_style_extends_and_one_of_the_same_id_replaces() {
        let mut catalogue = catalogue(&[("white", "White"), ("grey", "Grey")]);
        let own = [("headshot/white.toml", style("My white")), ("headshot/zoo.toml", style("Zoo"))];
        catalogue.add_folder_files(own).unwrap();
        assert_eq!(catalogue.len(), 3);
        assert_eq!(catalogue.find(StyleKind::Headshot, "white").unwrap().name, "My white");
    }

    #[test]
    fn the_products_have_names_of_their_own() {
        let headshots = catalogue(&[("fitness", "Fitness")]);
        assert_eq!(headshots.find(StyleKind::Headshot, "fitness").unwrap().name, "Fitness");
        assert!(headshots.find(StyleKind::Thumbnail, "fitness").unwrap_err().of_other_kind);
    }

    #[test]
    fn a_bad_file_is_named_with_all_its_fellows_and_nothing_is_added() {
        let mut catalogue = catalogue(&[("white", "White")]);
        let before = catalogue.clone();
        let files =
            [("headshot/b.toml", "x"), ("headshot/ok.toml", &style("Ok")), ("headshot/a.toml", "y = 1")];
        let errors = catalogue.add_folder_files(files).unwrap_err();
        let files: Vec<_> = errors.0.iter().map(|e| e.file.as_str()).collect();
        assert_eq!(files, ["headshot/a.toml", "headshot/b.toml"]);
        assert_eq!(errors.to_string().lines().count(), 2);
        assert_eq!(catalogue, before);
    }

    #[test]
    fn what_is_no_style_file_is_passed_over() {
        let mut catalogue = Catalogue::default();
        catalogue
            .add_folder_files([("headshot/README.md", "# hello"), ("headshot/.DS_Store", "\0")])
            .unwrap();
        assert!(catalogue.is_empty());
    }

    #[test]
    fn a_misspelt_id_gets_a_suggestion_and_nonsense_gets_none() {
        let catalogue = catalogue(&[("corporate", "C"), ("studio-white", "W"), ("studio-grey", "G")]);
        let unknown = |id| catalogue.find(StyleKind::Headshot, id).unwrap_err();
        assert_eq!(unknown("corprate").similar, ["corporate"]);
        assert_eq!(unknown("Corporate").similar, ["corporate"]);
        assert_eq!(unknown("studio").similar, ["studio-grey", "studio-white"]);
        assert_eq!(
            unknown("studio").to_string(),
            "there is no headshot style \"studio\": did you mean studio-grey or studio-white?"
        );
        assert!(unknown("xyzzy").similar.is_empty());
        assert!(unknown("").similar.is_empty());
        assert!(catalogue.find(StyleKind::Thumbnail, "corporate").unwrap_err().of_other_kind);
    }
}
