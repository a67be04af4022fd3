//! The reader's locale: how numbers and dates are written for them.
//!
//! The pages are in English; the order of a date and the marks of a number follow the browser's first language and region. That is
//! what a page without script shows, in UTC. With script the browser writes moments anew, in its own words and time zone.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use domain::payment::Money;
use domain::time::{DAY, Timestamp};

/// The months as they are abbreviated.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Languages that don't write 1,234.5, from the [CLDR](https://cldr.unicode.org): between thousands, and before tenths.
const MARKS: &[(&str, char, char)] = &[
    ("de-ch", '’', '.'),
    ("es-mx", ',', '.'),
    ("bg", NARROW, ','),
    ("cs", NARROW, ','),
    ("da", '.', ','),
    ("de", '.', ','),
    ("el", '.', ','),
    ("es", '.', ','),
    ("et", NARROW, ','),
    ("fi", NARROW, ','),
    ("fr", NARROW, ','),
    ("hr", '.', ','),
    ("hu", NARROW, ','),
    ("id", '.', ','),
    ("it", '.', ','),
    ("lt", NARROW, ','),
    ("lv", NARROW, ','),
    ("nb", NARROW, ','),
    ("nl", '.', ','),
    ("no", NARROW, ','),
    ("pl", NARROW, ','),
    ("pt", '.', ','),
    ("ro", '.', ','),
    ("ru", NARROW, ','),
    ("sk", NARROW, ','),
    ("sl", '.', ','),
    ("sv", NARROW, ','),
    ("tr", '.', ','),
    ("uk", NARROW, ','),
    ("vi", '.', ','),
];
/// A space that no line breaks at.
const NARROW: char = '\u{202f}';

/// How numbers and dates are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Locale {
    thousands: char,
    tenths: char,
    month_first: bool,
}

impl Default for Locale {
    /// 1,234.5 and 25 Nov 2026: clear to everybody.
    fn default() -> Self {
        Locale { thousands: ',', tenths: '.', month_first: false }
    }
}

impl Locale {
    /// By the language that the browser names first.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Locale::by_tag(text.split([',', ';']).next().unwrap_or_default())
    }

    fn by_tag(tag: &str) -> Self {
        let tag = tag.trim().to_ascii_lowercase();
        let language = tag.split('-').next().unwrap_or_default();
        let exact = MARKS.iter().find(|(known, ..)| *known == tag);
        let marks = exact.or_else(|| MARKS.iter().find(|(known, ..)| *known == language));
        let (thousands, tenths) = marks.map_or((',', '.'), |&(_, thousands, tenths)| (thousands, tenths));
        Locale { thousands, tenths, month_first: ["en", "en-us", "en-ph"].contains(&tag.as_str()) }
    }

    /// A whole number.
    pub(crate) fn number(&self, number: impl Into<u64>) -> String {
        let digits = number.into().to_string();
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place) % 3 == 0 {
                text.push(self.thousands);
            }
            text.push(digit);
        }
        text
    }

    /// So many bytes, in the unit that suits.
    pub(crate) fn bytes(&self, bytes: u64) -> String {
        let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000)];
        let Some((unit, size)) = units.into_iter().find(|&(_, size)| bytes >= size) else {
            return format!("{bytes} bytes");
        };
        let (whole, tenth) = (bytes / size, bytes % size * 10 / size);
        let text = self.number(whole);
        if whole < 10 { format!("{text}{}{tenth} {unit}", self.tenths) } else { format!("{text} {unit}") }
    }

    /// An amount of money: "€10.00", "10.00 CHF".
    pub(crate) fn money(&self, money: Money) -> String {
        let unit = 10u64.pow(money.currency.decimals());
        let mut amount = self.number(money.minor / unit);
        if unit > 1 {
            let digits = money.currency.decimals() as usize;
            amount.push_str(&format!("{}{:0digits$}", self.tenths, money.minor % unit));
        }
        match money.currency.to_string().as_str() {
            "USD" => format!("${amount}"),
            "EUR" => format!("€{amount}"),
            "GBP" => format!("£{amount}"),
            code => format!("{amount}\u{a0}{code}"),
        }
    }

    /// The day of a moment, in UTC.
    pub(crate) fn date(&self, at: Timestamp) -> String {
        let text = at.to_string();
        let (year, rest) = text.split_once('-').unwrap_or((&text, ""));
        let part =
            |range: std::ops::Range<usize>| rest.get(range).and_then(|part| part.parse::<usize>().ok());
        let month = part(0..2).and_then(|month| MONTHS.get(month.wrapping_sub(1))).unwrap_or(&"");
        let day = part(3..5).unwrap_or(1);
        if self.month_first { format!("{month} {day}, {year}") } else { format!("{day} {month} {year}") }
    }
}

/// A moment as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct When {
    /// For programs: `<time datetime>`.
    pub(crate) iso: String,
    /// For people.
    pub(crate) text: String,
}

impl When {
    /// The day.
    pub(crate) fn on(locale: Locale, at: Timestamp) -> Self {
        When { iso: at.to_string(), text: locale.date(at) }
    }

    /// The day and the minute. As long as what the browser writes in its place, so that nothing moves.
    pub(crate) fn at(locale: Locale, at: Timestamp) -> Self {
        let iso = at.to_string();
        let minute = iso.get(11..16).unwrap_or_default();
        When { text: format!("{}, {minute}", locale.date(at)), iso }
    }

    /// How long it is until then: "in 29 days", "today".
    pub(crate) fn until(now: Timestamp, at: Timestamp) -> Self {
        When { iso: at.to_string(), text: left(now, at) }
    }
}

/// How long it is until a moment, in the largest unit of which it is whole ones.
fn left(now: Timestamp, at: Timestamp) -> String {
    let span = at.since(now);
    let (days, hours) = (span.as_secs() / DAY.as_secs(), span.as_secs() / 3600);
    match (days, hours) {
        (0, 0) if span.is_zero() => "now".to_owned(),
        (0, 0) => "within the hour".to_owned(),
        (0, 1) => "in 1 hour".to_owned(),
        (0, hours) => format!("in {hours} hours"),
        (1, _) => "in 1 day".to_owned(),
        (days, _) => format!("in {days} days"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn numbers_and_dates_follow_the_reader() {
        let at = Timestamp::from_millis(1_795_468_216_789);
        let of = |tag| {
            let locale = Locale::by_tag(tag);
            (locale.number(1_234_567u32), locale.date(at), locale.bytes(2_450_000))
        };
        let text = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(of("en-US"), text("1,234,567", "Nov 23, 2026", "2.4 MB"));
        assert_eq!(of("en-GB"), text("1,234,567", "23 Nov 2026", "2.4 MB"));
        assert_eq!(of("de-AT"), text("1.234.567", "23 Nov 2026", "2,4 MB"));
        let when = When::at(Locale::by_tag("en-GB"), at);
        assert_eq!((when.text.as_str(), when.iso.len()), ("23 Nov 2026, 21:10", 24));
        assert_eq!(of("de-CH").0, "1’234’567");
        assert_eq!(of("fr").0, "1\u{202f}234\u{202f}567");
        assert_eq!(of("*"), of(""));
        assert_eq!(Locale::default().number(7u32), "7");
        assert_eq!(Locale::default().bytes(999), "999 bytes");
    }

    #[test]
    fn money_has_the_digits_of_its_currency() {
        let of = |tag, minor, code: &str| {
            Locale::by_tag(tag).money(Money { minor, currency: code.parse().unwrap() })
        };
        assert_eq!(of("en-US", 123_405, "USD"), "$1,234.05");
        assert_eq!(of("de", 1000, "EUR"), "€10,00");
        assert_eq!(of("en-US", 1000, "JPY"), "1,000\u{a0}JPY");
        assert_eq!(of("en-US", 5, "KWD"), "0.005\u{a0}KWD");
    }

    #[test]
    fn what_is_left_is_told_in_whole_units() {
        let now = Timestamp::from_millis(1_795_468_216_789);
        let in_ = |span| left(now, now + span);
        assert_eq!(in_(30 * DAY), "in 30 days");
        assert_eq!(in_(30 * DAY - Duration::from_secs(1)), "in 29 days");
        assert_eq!(in_(DAY), "in 1 day");
        assert_eq!(in_(Duration::from_secs(7200)), "in 2 hours");
        assert_eq!(in_(Duration::from_secs(60)), "within the hour");
        assert_eq!(in_(Duration::ZERO), "now");
    }
}
