//! Which passwords are taken: long ones that are not the first to be guessed.
//!
//! Length and a list, no rules about digits and signs, as
//! [NIST SP 800-63B](https://pages.nist.gov/800-63-4/sp800-63b.html#password) advises. A password is never cut or
//! trimmed. It is hashed in Unicode's NFKC, because one keyboard sends é as one character and another as two.

use std::collections::HashSet;
use std::sync::LazyLock;

use domain::account::Email;
use domain::ports::identity::PasswordError;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The fewest characters (Unicode scalar values, after NFKC).
pub const MIN_CHARS: usize = 10;
/// The most bytes, as they come in.
pub const MAX_BYTES: usize = 1024;

/// So many characters must be left when what is easily guessed is taken away.
const MIN_OWN_CHARS: usize = 6;
/// So many different characters must there be.
const MIN_DIFFERENT: usize = 5;
/// A known word with so many characters put around it is still that word.
const MAX_AROUND: usize = 8;
/// A word of an address shorter than this is not looked for.
const MIN_WORD: usize = 4;

/// Common passwords in lower case: the top of a list made from leaks, and its longer entries from further down.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// The password as it is hashed.
pub(crate) fn normalised(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfkc().collect())
}

/// Whether a new password is taken. `password` is normalised already; `bytes` is its length as it came in.
pub(crate) fn check(password: &str, bytes: usize, email: &Email) -> Result<(), PasswordError> {
    if bytes > MAX_BYTES {
        return Err(PasswordError::TooLong { max: MAX_BYTES });
    }
    if password.chars().count() < MIN_CHARS {
        return Err(PasswordError::TooShort { min: MIN_CHARS });
    }
    let lower = Zeroizing::new(password.to_lowercase());
    if is_common(&lower) {
        return Err(PasswordError::Common);
    }
    if repeats_address(&lower, email) { Err(PasswordError::Personal) } else { Ok(()) }
}

fn is_common(lower: &str) -> bool {
    let different: HashSet<char> = lower.chars().collect();
    if different.len() < MIN_DIFFERENT || is_run(lower) {
        return true;
    }
    // "P@ssw0rd!2026" is "password" to a guesser, and so is a word with other things put before or after it.
    let sign = |c: char| !c.is_alphabetic();
    let words = [
        lower,
        lower.trim_matches(|c: char| !c.is_alphanumeric()),
        lower.trim_matches(sign),
        lower.trim_end_matches(sign),
        lower.trim_start_matches(sign),
    ];
    words.into_iter().any(|word| {
        let around = lower.chars().count() - word.chars().count();
        let plain = Zeroizing::new(word.chars().map(unmasked).collect::<String>());
        around <= MAX_AROUND && [word, &plain].into_iter().any(is_known)
    })
}

/// A word of the list, or one word again and again.
fn is_known(word: &str) -> bool {
    let unit = unit(word);
    let repeats = unit.len() < word.len();
    COMMON.contains(unit) || unit == "covershots" || repeats && unit.chars().count() < MIN_OWN_CHARS
}

/// What a text repeats: "ab" of "ababab", or the whole of it.
fn unit(text: &str) -> &str {
    let ends = text.char_indices().map(|(at, _)| at).skip(1).take_while(|end| *end <= text.len() / 2);
    let repeats =
        |end: &usize| text.len().is_multiple_of(*end) && text[..*end].repeat(text.len() / end) == text;
    ends.into_iter().find(repeats).map_or(text, |end| &text[..end])
}

/// The letter that a sign or digit is often put for.
fn unmasked(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Whether each character follows the one before it, up or down: "abcdefghij", "0987654321" but for its wrap.
fn is_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let breaks = |step: i64| codes.windows(2).filter(|pair| pair[1] - pair[0] != step).count();
    breaks(1) <= 1 || breaks(-1) <= 1
}

/// Whether little is left without the words of the address.
fn repeats_address(lower: &str, email: &Email) -> bool {
    let mut rest = Zeroizing::new(lower.to_owned());
    let address = email.as_str();
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    let words = local.split(|c: char| !c.is_alphanumeric()).chain(domain.split('.'));
    for word in [address, local, domain].into_iter().chain(words) {
        if word.chars().count() >= MIN_WORD {
            rest = Zeroizing::new(rest.replace(word, ""));
        }
    }
    rest.len() < lower.len() && rest.chars().filter(|c| c.is_alphanumeric()).count() < MIN_OWN_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(password: &str) -> Result<(), PasswordError> {
        let email: Email = "ann.smithson@photos.example".parse().unwrap();
        check(&normalised(password), password.len(), &email)
    }

    #[test]
    fn a_password_of_ones_own_is_taken() {
        for good in [
            "correct horse battery staple",
            "Tr0ub4dor&3x",
            "vier Wörter über Mäuse",
            "十个汉字组成的一个密码",
            "annoying smiths rarely photograph",
            "xK9#mQ2$vL",
            "  leading and trailing  ",
            "my-covershots-login-phrase",
        ] {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn the_length_is_counted_in_characters_and_bounded_in_bytes() {
        assert_eq!(verdict("xK9#mQ2$v"), Err(PasswordError::TooShort { min: 10 }));
        // Nine characters are nine, however many bytes they take and however they are composed.
        assert_eq!(verdict("äöüßéèêñç"), Err(PasswordError::TooShort { min: 10 }));
        assert_eq!(
            verdict("a\u{308}o\u{308}u\u{308}e\u{301}i\u{301}"),
            Err(PasswordError::TooShort { min: 10 })
        );
        let long = "xK9#mQ2$".repeat(128);
        assert_eq!(long.len(), 1024);
        assert_eq!(verdict(&long), Ok(()));
        assert_eq!(verdict(&(long + "x")), Err(PasswordError::TooLong { max: 1024 }));
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for bad in [
            "password123",
            "PASSWORD123",
            "P@ssw0rd!2026",
            "passwordpassword",
            "sunshine2026!!",
            "2026sunshine",
            "qwertyuiop",
            "1q2w3e4r5t",
            "1234567890",
            "0987654321",
            "abcdefghijkl",
            "aaaaaaaaaaaa",
            "121212121212",
            "abcabcabcabc",
            "sunshinesunshine!",
            "xyz7%xyz7%xyz7%",
            "$unsh1ne2026",
            "...monkey...",
            "covershots1",
            "ｐａｓｓｗｏｒｄ１２３",
        ] {
            assert_eq!(verdict(bad), Err(PasswordError::Common), "{bad}");
        }
    }

    #[test]
    fn the_address_is_no_password() {
        for bad in [
            "ann.smithson",
            "Smithson2026",
            "ann.smithson@photos.example",
            "smithson@photos",
            "SmithsonSmithson1",
        ] {
            assert_eq!(verdict(bad), Err(PasswordError::Personal), "{bad}");
        }
    }

    #[test]
    fn the_list_is_in_lower_case_and_without_doubles() {
        let lines = include_str!("common_passwords.txt").lines();
        assert!(lines.clone().all(|line| !line.is_empty() && line == line.to_lowercase()));
        assert_eq!(lines.clone().count(), COMMON.len());
        assert!(COMMON.len() > 5_000);
    }
}
