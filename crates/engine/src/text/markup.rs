//! A title as it is written: `How I *doubled* my income` highlights one word.
//!
//! Asterisks mark, a backslash takes the meaning from an asterisk, and an asterisk without a partner is just one.
//! Line ends are kept as wished-for breaks; control characters and direction overrides are dropped.

use std::ops::Range;

use super::TypeError;

/// Characters that a title may have. More can't be read in a small picture.
pub const MAX_CHARACTERS: usize = 120;

/// A title without its marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Title {
    /// The words, single spaces between them; `\n` where the writer wished for a new line.
    pub text: String,
    /// Which bytes are highlighted, in order, not overlapping.
    pub marked: Vec<Range<usize>>,
}

impl Title {
    /// Reads a title. What has no visible character becomes an empty title.
    pub(crate) fn parse(source: &str) -> Result<Title, TypeError> {
        // Far longer texts are refused before they are worked on.
        let clean = clean(source.chars().take(64 * MAX_CHARACTERS));
        let mut title = Title::default();
        let mut open: Option<usize> = None;
        let mut characters = clean.iter().copied().peekable();
        let star = |i: usize| clean[i] == '*' && (i == 0 || clean[i - 1] != '\\');
        let pairs = (0..clean.len()).filter(|i| star(*i)).count() / 2 * 2;
        let mut seen = 0;
        while let Some(c) = characters.next() {
            match c {
                '\\' if characters.peek() == Some(&'*') => {
                    title.text.push('*');
                    characters.next();
                }
                '*' if seen < pairs => {
                    seen += 1;
                    match open.take() {
                        None => open = Some(title.text.len()),
                        Some(start) if start < title.text.len() => title.marked.push(start..title.text.len()),
                        Some(_) => {}
                    }
                }
                c => title.text.push(c),
            }
        }
        let found = title.text.chars().count();
        if found > MAX_CHARACTERS {
            return Err(TypeError::TooLong { found });
        }
        Ok(title)
    }

    /// Whether there is nothing to set.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.chars().all(|c| c == '\n' || super::fonts::is_invisible(c))
    }

    /// The title in capitals, marks kept on their words.
    pub(crate) fn to_upper(&self) -> Title {
        let mut upper = Title::default();
        let mut marks = self.marked.iter().peekable();
        let mut start = 0;
        for (at, c) in self.text.char_indices() {
            if marks.peek().is_some_and(|mark| mark.start == at) {
                start = upper.text.len();
            }
            upper.text.extend(c.to_uppercase().map(without_tonos));
            if marks.next_if(|mark| mark.end == at + c.len_utf8()).is_some() {
                upper.marked.push(start..upper.text.len());
            }
        }
        upper
    }

    /// The title with a word highlighted where the writer marked none: the one with a figure in it, or else the
    /// longest, or none when the title is a single word. `skip` chooses the next best word instead.
    pub(crate) fn with_highlight(mut self, skip: usize) -> Title {
        if !self.marked.is_empty() {
            return self;
        }
        let mut words = self.words();
        if words.len() < 2 {
            return self;
        }
        let score = |word: &Range<usize>| {
            let text = &self.text[word.clone()];
            let figure = text.chars().any(|c| c.is_numeric()) || text.contains(['$', '€', '£', '%']);
            (figure, text.chars().filter(|c| c.is_alphanumeric()).count())
        };
        words.retain(|word| score(word).1 > 0);
        // The later of two equals: the end of a title carries its point.
        words.sort_by_key(|word| (score(word), word.start));
        if let Some(word) = words.into_iter().rev().nth(skip) {
            let text = &self.text[word.clone()];
            let core = text.trim_matches(|c: char| c.is_ascii_punctuation() && !"$%+#&".contains(c));
            let start = word.start + text.find(core).unwrap_or(0);
            self.marked.push(start..start + core.len());
        }
        self
    }

    /// The byte ranges of the words, cut at spaces.
    pub(crate) fn words(&self) -> Vec<Range<usize>> {
        let mut words = Vec::new();
        let mut start = None;
        for (at, c) in self.text.char_indices() {
            match (c.is_whitespace(), start) {
                (false, None) => start = Some(at),
                (true, Some(from)) => {
                    words.push(from..at);
                    start = None;
                }
                _ => {}
            }
        }
        words.extend(start.map(|from| from..self.text.len()));
        words
    }
}

/// Greek capitals carry no stress mark (Unicode's SpecialCasing leaves this to the language).
fn without_tonos(c: char) -> char {
    match c {
        'Ά' => 'Α',
        'Έ' => 'Ε',
        'Ή' => 'Η',
        'Ί' => 'Ι',
        'Ό' => 'Ο',
        'Ύ' => 'Υ',
        'Ώ' => 'Ω',
        c => c,
    }
}

/// One space where there were several, no control characters, no space at an end or beside a line end.
fn clean(characters: impl Iterator<Item = char>) -> Vec<char> {
    let mut out: Vec<char> = Vec::new();
    for c in characters {
        let c = match c {
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            // Direction overrides and isolates would let a title show another text than it holds.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}' => {
                continue;
            }
            // No-break spaces are kept: they keep words together.
            '\u{a0}' | '\u{202f}' => '\u{a0}',
            c if c.is_whitespace() => ' ',
            c if c.is_control() => continue,
            c => c,
        };
        match (out.last(), c) {
            (None | Some(' ' | '\n'), ' ') | (None | Some('\n'), '\n') => {}
            (Some(' '), '\n') => {
                out.pop();
                out.push('\n');
            }
            _ => out.push(c),
        }
    }
    while out.last().is_some_and(|c| c.is_whitespace()) {
        out.pop();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(source: &str) -> (String, Vec<String>) {
        let title = Title::parse(source).unwrap();
        let marked = title.marked.iter().map(|r| title.text[r.clone()].to_owned()).collect();
        (title.text, marked)
    }

    #[test]
    fn asterisks_mark_and_a_lone_one_is_text() {
        assert_eq!(marked("I *quit* my job"), ("I quit my job".into(), vec!["quit".into()]));
        assert_eq!(marked("5 * 3"), ("5 * 3".into(), vec![]));
        assert_eq!(marked(r"2 \* 2 *is* 4"), ("2 * 2 is 4".into(), vec!["is".into()]));
        assert_eq!(marked("**"), (String::new(), vec![]));
        assert_eq!(marked("*a*b*"), ("ab*".into(), vec!["a".into()]));
    }

    #[test]
    fn what_cannot_be_seen_is_dropped() {
        assert_eq!(marked("  a \t\r\n\n b\u{0}\u{7}\u{202e}c \n").0, "a\nbc");
        assert!(Title::parse("\u{200b} \n\t").unwrap().is_empty());
    }

    #[test]
    fn a_title_over_the_limit_is_refused_with_its_length() {
        assert!(Title::parse(&"é".repeat(120)).is_ok());
        assert_eq!(Title::parse(&"é".repeat(121)), Err(TypeError::TooLong { found: 121 }));
        assert!(Title::parse(&"x".repeat(10_000_000)).is_err());
    }

    #[test]
    fn capitals_keep_marks_on_their_words() {
        let upper = Title::parse("die *große straße* ß").unwrap().to_upper();
        assert_eq!(upper.text, "DIE GROSSE STRASSE SS");
        assert_eq!(&upper.text[upper.marked[0].clone()], "GROSSE STRASSE");
        assert_eq!(Title::parse("Πώς έμαθα").unwrap().to_upper().text, "ΠΩΣ ΕΜΑΘΑ");
    }

    #[test]
    fn the_word_with_a_figure_is_highlighted_first() {
        let pick = |text: &str, skip| {
            let title = Title::parse(text).unwrap().with_highlight(skip);
            title.marked.first().map(|r| title.text[r.clone()].to_owned())
        };
        assert_eq!(pick("How I made $10,000 in a month!", 0).as_deref(), Some("$10,000"));
        assert_eq!(pick("Never eat this!", 0).as_deref(), Some("Never"));
        assert_eq!(pick("Never eat this!", 1).as_deref(), Some("this"));
        assert_eq!(pick("Why?", 0), None);
        assert_eq!(pick("a *b* longest", 0).as_deref(), Some("b"));
    }
}
