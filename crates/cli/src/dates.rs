//! Points in time: in the user's time zone for people, UTC for programs.

use std::fmt::Display;

use chrono::{DateTime, Local, SecondsFormat, TimeDelta, TimeZone, Utc};

/// Local date and time; sorts, and fits the column of the table.
const FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// A time of the API in the time zone of the user; what is none is shown as it
/// is.
pub(crate) fn local(timestamp: &str) -> String {
    in_zone(timestamp, &Local)
}

fn in_zone<Z: TimeZone>(timestamp: &str, zone: &Z) -> String
where
    Z::Offset: Display,
{
    match DateTime::parse_from_rfc3339(timestamp) {
        Ok(moment) => moment.with_timezone(zone).format(FORMAT).to_string(),
        Err(_) => timestamp.to_owned(),
    }
}

/// Now, ISO 8601, UTC, milliseconds.
pub(crate) fn now() -> String {
    iso(Utc::now())
}

/// So many seconds from now, ISO 8601, UTC, milliseconds.
pub(crate) fn in_seconds(seconds: u64) -> String {
    let later = i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds);
    let later = later.and_then(|later| Utc::now().checked_add_signed(later));
    iso(later.unwrap_or(DateTime::<Utc>::MAX_UTC))
}

fn iso(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    #[test]
    fn times_are_shown_where_the_user_is() {
        let zone = FixedOffset::east_opt(2 * 3600).unwrap();
        let shown = in_zone("2026-01-15T23:30:05.123Z", &zone);
        assert_eq!(shown, "2026-01-16 01:30:05");
        assert_eq!(in_zone("yesterday", &zone), "yesterday");
    }

    #[test]
    fn programs_get_utc_with_milliseconds() {
        let moment = DateTime::parse_from_rfc3339("2026-01-15T10:00:00.5+02:00").unwrap();
        assert_eq!(iso(moment.to_utc()), "2026-01-15T08:00:00.500Z");
        let read = |text: &str| DateTime::parse_from_rfc3339(text).unwrap();
        assert!(read(&in_seconds(3600)) > read(&now()));
        assert!(
            in_seconds(u64::MAX).ends_with('Z'),
            "far beyond the calendar"
        );
    }
}
