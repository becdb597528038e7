//! The line chart of tokens per day.

use agentidp_domain::analytics::DayCount;

use crate::text::count;

/// The area of the line, in units of the drawing.
const LEFT: i64 = 56;
const TOP: i64 = 12;
const WIDTH: i64 = 652;
const HEIGHT: i64 = 188;

/// Lines across the chart above zero.
const STEPS: i64 = 4;

/// Days that are named below the chart, about.
const NAMED: usize = 6;

/// A line over days.
pub struct Trend {
    /// The chart in words.
    pub summary: String,
    /// Whether there is anything but zeros.
    pub is_empty: bool,
    /// Corners of the line.
    pub line: String,
    /// Corners of the area below it.
    pub area: String,
    /// The days, oldest first.
    pub days: Vec<Day>,
    /// Lines across with their values.
    pub levels: Vec<Mark>,
    /// Dates below.
    pub dates: Vec<Mark>,
}

/// A day.
pub struct Day {
    /// ISO 8601.
    pub date: String,
    /// Tokens.
    pub count: String,
    /// Where its point is.
    pub x: i64,
    /// Where its point is.
    pub y: i64,
}

/// A text at a place of an axis.
pub struct Mark {
    /// The text.
    pub text: String,
    /// Where it is.
    pub at: i64,
}

impl Trend {
    /// The chart of these days.
    pub fn new(counts: &[DayCount]) -> Self {
        let most = counts.iter().map(|day| day.count).max().unwrap_or(0);
        let total: i64 = counts.iter().map(|day| day.count).sum();
        let step = step(most);
        let last = i64::try_from(counts.len()).unwrap_or(i64::MAX) - 1;
        let days: Vec<Day> = (0_i64..)
            .zip(counts)
            .map(|(index, day)| Day {
                date: day.date.to_string(),
                count: count(day.count),
                x: LEFT + WIDTH * index / last.max(1),
                y: height(day.count, step),
            })
            .collect();
        let corners = days.iter().map(|day| format!("{},{}", day.x, day.y));
        let line = corners.collect::<Vec<_>>().join(" ");
        let bottom = TOP + HEIGHT;
        let end = days.last().map_or(LEFT, |day| day.x);
        Self {
            summary: summary(&days, total, most),
            is_empty: total == 0,
            area: format!("{LEFT},{bottom} {line} {end},{bottom}"),
            line,
            dates: dates(&days),
            days,
            levels: levels(step),
        }
    }
}

fn summary(days: &[Day], total: i64, most: i64) -> String {
    let (first, last) = (days.first(), days.last());
    let date = |day: Option<&Day>| day.map_or_else(String::new, |day| day.date.clone());
    format!(
        "Tokens per day from {} to {}: {} in total, at most {} on one day",
        date(first),
        date(last),
        count(total),
        count(most)
    )
}

/// Distance of the lines across: 1, 2 or 5 times a power of ten.
fn step(most: i64) -> i64 {
    let mut power: i64 = 1;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if step.saturating_mul(STEPS) >= most {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

fn height(count: i64, step: i64) -> i64 {
    let highest = step.saturating_mul(STEPS).max(1);
    TOP + HEIGHT - count.max(0).saturating_mul(HEIGHT) / highest
}

fn levels(step: i64) -> Vec<Mark> {
    let level = |number: i64| {
        let value = step.saturating_mul(number);
        Mark {
            text: count(value),
            at: height(value, step),
        }
    };
    (0..=STEPS).map(level).collect()
}

/// Some dates, among them the last.
fn dates(days: &[Day]) -> Vec<Mark> {
    let each = (days.len() / NAMED).max(1);
    let named = days.iter().rev().step_by(each);
    let mark = |day: &Day| Mark {
        // Month and day; the year is in the table.
        text: day.date.chars().skip(5).collect(),
        at: day.x,
    };
    named.map(mark).collect()
}

#[cfg(test)]
mod tests {
    use chrono::{Days, NaiveDate};

    use super::*;

    fn trend(counts: &[i64]) -> Trend {
        let first = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        let day = |(index, count): (u64, &i64)| DayCount {
            date: first + Days::new(index),
            count: *count,
        };
        let days: Vec<_> = (0..).zip(counts).map(day).collect();
        Trend::new(&days)
    }

    #[test]
    fn the_line_goes_from_edge_to_edge_between_zero_and_the_highest_level() {
        let chart = trend(&[0, 40, 20]);
        assert_eq!(chart.line, "56,200 382,12 708,106");
        assert_eq!(chart.area, "56,200 56,200 382,12 708,106 708,200");
        let levels: Vec<_> = chart
            .levels
            .iter()
            .map(|m| (m.text.as_str(), m.at))
            .collect();
        let expected = [("0", 200), ("10", 153), ("20", 106), ("30", 59), ("40", 12)];
        assert_eq!(levels, expected);
        assert_eq!(
            chart.summary,
            "Tokens per day from 2026-03-01 to 2026-03-03: 60 in total, at most 40 on one day"
        );
    }

    #[test]
    fn nothing_is_a_line_at_zero() {
        for counts in [&[0][..], &[0; 90][..]] {
            let chart = trend(counts);
            assert!(chart.is_empty);
            assert!(chart.days.iter().all(|day| day.y == 200));
        }
    }

    #[test]
    fn levels_are_round_and_never_below_the_line() {
        for (most, distance) in [(0, 1), (4, 1), (5, 2), (9, 5), (21, 10), (10_000, 5_000)] {
            assert_eq!(step(most), distance, "{most}");
        }
        assert!(step(i64::MAX) > 0);
    }
}
