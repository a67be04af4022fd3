//! Small charts, drawn by the server as SVG: bars by day. A chart is for the eye; the same figures stand beside it as a table, for
//! whoever can't see it or wants the number.

use std::collections::BTreeMap;

use domain::time::{DAY, Timestamp};

use super::locale::Locale;

/// Units of the drawing across and down.
const WIDTH: u32 = 600;
const HEIGHT: u32 = 120;

/// A kind of thing that is counted: its name, and its colour among `good`, `fair`, `bad` and `plain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) colour: &'static str,
}

/// Bars, one a day, made of parts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DayChart {
    pub(crate) title: &'static str,
    pub(crate) series: &'static [Series],
    pub(crate) parts: Vec<Part>,
    pub(crate) rows: Vec<Row>,
    /// What the highest bar stands for.
    pub(crate) most: String,
    pub(crate) first: String,
    pub(crate) last: String,
    /// Everything together.
    pub(crate) total: String,
}

/// A part of a bar, in units of the drawing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) colour: &'static str,
    /// What it says when it is pointed at.
    pub(crate) words: String,
}

/// A day with something in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) day: String,
    pub(crate) values: Vec<String>,
}

impl DayChart {
    /// A chart of the days that end with `until`'s, from figures by day, each with as many values as there are series. `tell` writes
    /// a value for people.
    pub(crate) fn new(
        title: &'static str,
        series: &'static [Series],
        days: u32,
        until: Timestamp,
        figures: &BTreeMap<Timestamp, Vec<u64>>,
        locale: Locale,
        tell: impl Fn(u64) -> String,
    ) -> Self {
        let days = days.max(1);
        let last = until.day();
        let sum = |values: &Vec<u64>| values.iter().sum::<u64>();
        let most = figures.values().map(sum).max().unwrap_or_default();
        let step = WIDTH / days;
        let (mut parts, mut rows) = (Vec::new(), Vec::new());
        for place in 0..days {
            let day = last - (days - 1 - place) * DAY;
            let Some(values) = figures.get(&day).filter(|values| sum(values) > 0) else { continue };
            let date = locale.date(day);
            let mut y = HEIGHT;
            for (series, &value) in series.iter().zip(values).filter(|(_, value)| **value > 0) {
                let height = scaled(value, most);
                y = y.saturating_sub(height);
                let words = format!("{date}: {} {}", tell(value), series.name);
                let (x, width) = (place * step, step.saturating_sub(2).max(1));
                parts.push(Part { x, y, width, height, colour: series.colour, words });
            }
            rows.push(Row { day: date, values: values.iter().map(|&value| tell(value)).collect() });
        }
        rows.reverse();
        DayChart {
            title,
            series,
            parts,
            rows,
            most: tell(most),
            first: locale.date(last - (days - 1) * DAY),
            last: locale.date(last),
            total: tell(figures.values().map(sum).sum()),
        }
    }

    pub(crate) fn view_box(&self) -> String {
        format!("0 0 {WIDTH} {HEIGHT}")
    }
}

/// How high a value stands. What is more than nothing can be seen.
fn scaled(value: u64, most: u64) -> u32 {
    let height = u128::from(value) * u128::from(HEIGHT) / u128::from(most.max(1));
    u32::try_from(height).unwrap_or(HEIGHT).max(1)
}

/// A share of a whole as a bar.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Of a hundred, of the largest.
    pub(crate) percent: u64,
}

impl Share {
    /// Bars beside each other: the largest is whole.
    pub(crate) fn of(all: Vec<(String, u64)>, tell: impl Fn(u64) -> String) -> Vec<Share> {
        let most = all.iter().map(|(_, value)| *value).max().unwrap_or_default().max(1);
        let share =
            |(name, value): (String, u64)| Share { percent: value * 100 / most, value: tell(value), name };
        all.into_iter().map(share).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[Series] =
        &[Series { name: "made", colour: "good" }, Series { name: "failed", colour: "bad" }];

    #[test]
    fn bars_stand_on_their_day_one_part_on_the_other() {
        let until = Timestamp::from_millis(1_795_468_216_789);
        let figures = BTreeMap::from([(until.day(), vec![3, 1]), (until.day() - 2 * DAY, vec![2, 0])]);
        let chart = DayChart::new("Pictures", TWO, 3, until, &figures, Locale::default(), |n| n.to_string());
        let drawn: Vec<_> = chart.parts.iter().map(|p| (p.x, p.y, p.height, p.colour)).collect();
        assert_eq!(drawn, [(0, 60, 60, "good"), (400, 30, 90, "good"), (400, 0, 30, "bad")]);
        assert_eq!((chart.most.as_str(), chart.total.as_str()), ("4", "6"));
        assert_eq!(chart.rows[0].values, ["3", "1"]);
        assert!(chart.parts[2].words.ends_with("1 failed"), "{}", chart.parts[2].words);
    }

    #[test]
    fn nothing_is_an_empty_chart_and_little_is_still_seen() {
        let until = Timestamp::from_millis(1_795_468_216_789);
        let none = DayChart::new("", TWO, 30, until, &BTreeMap::new(), Locale::default(), |n| n.to_string());
        assert!(none.parts.is_empty() && none.rows.is_empty());
        assert_eq!(scaled(1, 1_000_000), 1);
        assert_eq!(scaled(u64::MAX, u64::MAX), HEIGHT);
        let shares = Share::of(vec![("a".into(), 4), ("b".into(), 1)], |n| n.to_string());
        assert_eq!(shares.iter().map(|share| share.percent).collect::<Vec<_>>(), [100, 25]);
    }
}
