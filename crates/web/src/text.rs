//! Numbers, times and states as pages show them.

use agentidp_domain::agent::AgentStatus;
use agentidp_domain::time::Timestamp;

/// What is shown where there is no value.
pub const NONE: &str = "—";

/// A whole number with thousands separators.
pub fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The first 24 characters of an id and `…` for the rest.
pub fn short_id(id: &str) -> String {
    let mut short: String = id.chars().take(24).collect();
    if short.len() < id.len() {
        short.push('…');
    }
    short
}

/// A word with a capital letter at its start.
pub fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A point in time: UTC, and shown in the browser's zone by scripts.
#[derive(Clone, Debug)]
pub struct Moment {
    /// ISO 8601, for machines.
    pub iso: String,
    /// For people, UTC.
    pub text: String,
    /// How exactly scripts show it: `date`, `minute` or `second`; `day`: as it
    /// is.
    pub precision: &'static str,
}

impl Moment {
    /// The day.
    pub fn date(time: Timestamp) -> Self {
        Self::new(time, "%-d %b %Y", "date")
    }

    /// A calendar day (UTC), which is the same in every zone.
    pub fn day(time: Timestamp) -> Self {
        Self {
            iso: time.date().to_string(),
            ..Self::new(time, "%-d %b %Y", "day")
        }
    }

    /// Day, hour and minute.
    pub fn minute(time: Timestamp) -> Self {
        Self::new(time, "%-d %b %Y, %H:%M UTC", "minute")
    }

    /// Day and time of day with seconds.
    pub fn second(time: Timestamp) -> Self {
        Self::new(time, "%-d %b %Y, %H:%M:%S UTC", "second")
    }

    fn new(time: Timestamp, format: &str, precision: &'static str) -> Self {
        Self {
            iso: time.to_string(),
            text: time.datetime().format(format).to_string(),
            precision,
        }
    }
}

/// A short text on a coloured ground.
#[derive(Clone, Debug)]
pub struct Badge {
    /// The text.
    pub text: String,
    /// `success`, `warning`, `danger`, `muted` or `default`.
    pub tone: &'static str,
}

impl Badge {
    /// A badge in one of the tones.
    pub fn new(text: impl Into<String>, tone: &'static str) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }

    /// The state of an agent.
    pub fn of_agent(status: AgentStatus) -> Self {
        let tone = match status {
            AgentStatus::Active => "success",
            AgentStatus::Suspended => "warning",
            AgentStatus::Decommissioned => "danger",
        };
        Self::new(status.as_str(), tone)
    }
}

/// An entry of a list to choose from.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: &'static str,
    /// What is shown.
    pub label: String,
    /// Whether it is the present one.
    pub is_chosen: bool,
}

impl Choice {
    /// An entry; the present one when `value` is the `chosen` one.
    pub fn new(value: &'static str, label: impl Into<String>, chosen: &str) -> Self {
        Self {
            value,
            label: label.into(),
            is_chosen: value == chosen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (-1_234_567, "-1,234,567"),
        ] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn times_are_shown_in_utc() {
        let time: Timestamp = "2026-03-08T09:05:07.250Z".parse().unwrap();
        assert_eq!(Moment::date(time).text, "8 Mar 2026");
        assert_eq!(Moment::second(time).text, "8 Mar 2026, 09:05:07 UTC");
        assert_eq!(Moment::minute(time).iso, "2026-03-08T09:05:07.250Z");
    }

    #[test]
    fn long_ids_are_cut() {
        let id = "a1b2c3d4-0000-4000-8000-000000000001";
        assert_eq!(short_id(id), "a1b2c3d4-0000-4000-8000-…");
        assert_eq!(short_id("short"), "short");
    }
}
