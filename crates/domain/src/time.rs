//! Points in time (UTC, milliseconds) and the clock port.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use chrono::{
    DateTime, Datelike, Months, NaiveDate, SecondsFormat, SubsecRound, TimeDelta, Timelike, Utc,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const HOUR_MILLIS: i64 = 3_600_000;

/// A point in time, UTC, cut to whole milliseconds: the precision of every
/// time the product stores, hashes or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The last instant of the year 9999, the latest that can be stored.
    pub const MAX: Self = match DateTime::from_timestamp_millis(253_402_300_799_999) {
        Some(value) => Self(value),
        None => Self(DateTime::<Utc>::MAX_UTC),
    };

    /// Cuts `value` to milliseconds. A leap second (23:59:60) becomes the
    /// second after it, as in Unix time: no store and few readers know it.
    #[must_use]
    pub fn new(value: DateTime<Utc>) -> Self {
        let cut = value.trunc_subsecs(3);
        Self(DateTime::from_timestamp_millis(cut.timestamp_millis()).unwrap_or(cut))
    }

    /// From Unix milliseconds; `None` outside the calendar.
    #[must_use]
    pub fn from_unix_millis(millis: i64) -> Option<Self> {
        DateTime::from_timestamp_millis(millis).map(Self)
    }

    /// The value as chrono's type.
    #[must_use]
    pub fn datetime(self) -> DateTime<Utc> {
        self.0
    }

    /// Whole seconds since the Unix epoch, as in JWT claims (NumericDate,
    /// RFC 7519 §2).
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn unix_millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// This time plus `duration`, at most [`MAX`](Self::MAX).
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        TimeDelta::from_std(duration)
            .ok()
            .and_then(|delta| self.0.checked_add_signed(delta))
            .map_or(Self::MAX, |value| Self::new(value).min(Self::MAX))
    }

    /// This time minus `duration`, at least the Unix epoch.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        TimeDelta::from_std(duration)
            .ok()
            .and_then(|delta| self.0.checked_sub_signed(delta))
            .map_or(Self(DateTime::UNIX_EPOCH), |value| {
                Self::new(value.max(DateTime::UNIX_EPOCH))
            })
    }

    /// The calendar month (UTC) this time lies in.
    #[must_use]
    pub fn month(self) -> Month {
        Month {
            year: self.0.year(),
            month: self.0.month(),
        }
    }

    /// The day (UTC) this time lies in.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.0.date_naive()
    }

    /// The full hour before or at this time.
    #[must_use]
    pub fn start_of_hour(self) -> Self {
        let millis = self.unix_millis();
        Self::from_unix_millis(millis - millis.rem_euclid(HOUR_MILLIS)).unwrap_or(self)
    }

    /// 00:00:00.000 of the day.
    #[must_use]
    pub fn start_of_day(date: NaiveDate) -> Self {
        Self::new(date.and_time(chrono::NaiveTime::MIN).and_utc())
    }

    /// 23:59:59.999 of the day.
    #[must_use]
    pub fn end_of_day(date: NaiveDate) -> Self {
        Self::start_of_day(date).plus(Duration::from_millis(86_399_999))
    }
}

impl fmt::Display for Timestamp {
    /// ISO 8601 with exactly three decimals and `Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(year @ 0..=9999) = u32::try_from(self.0.year()) else {
            return f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true));
        };
        // Written for every audit event: the general formatter of chrono takes
        // several times as long.
        let (date, time) = (self.0.date_naive(), self.0.time());
        let millis = self.0.timestamp_subsec_millis();
        let [y1, y2, y3, y4] = [year / 1000, year / 100, year / 10, year].map(digit);
        let [mo1, mo2] = two_digits(date.month());
        let [d1, d2] = two_digits(date.day());
        let [h1, h2] = two_digits(time.hour());
        let [mi1, mi2] = two_digits(time.minute());
        let [s1, s2] = two_digits(time.second());
        let [f1, f2, f3] = [millis / 100, millis / 10, millis].map(digit);
        let text = [
            y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T', h1, h2, b':', mi1, mi2, b':', s1,
            s2, b'.', f1, f2, f3, b'Z',
        ];
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// The last digit of a number, in ASCII.
fn digit(number: u32) -> u8 {
    u8::try_from(number % 10).map_or(b'0', |digit| b'0' + digit)
}

/// The last two.
fn two_digits(number: u32) -> [u8; 2] {
    [digit(number / 10), digit(number)]
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A text that is no RFC 3339 date-time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 8601 date-time")]
pub struct InvalidTimestamp;

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        // The store holds years 1 to 9999; the same limit keeps the text form
        // at four digits.
        DateTime::parse_from_rfc3339(text)
            .map(|value| Self::new(value.with_timezone(&Utc)))
            .ok()
            .filter(|time| (1..=9999).contains(&time.0.year()))
            .ok_or(InvalidTimestamp)
    }
}

/// A calendar month, UTC, written `YYYY-MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    month: u32,
}

impl Month {
    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, self.month, 1).unwrap_or_default()
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        let next = self.first_day().checked_add_months(Months::new(1));
        next.and_then(|next| next.pred_opt()).unwrap_or_default()
    }
}

/// The time from the beginning of the day `first` to the end of the day
/// `last`.
#[must_use]
pub fn days(first: NaiveDate, last: NaiveDate) -> Range<Timestamp> {
    let end = last.succ_opt().unwrap_or(last);
    Timestamp::start_of_day(first)..Timestamp::start_of_day(end)
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// Where "now" comes from. Tests steer it.
pub trait Clock: Send + Sync {
    /// The present time.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::new(Utc::now())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_form_is_the_one_of_the_general_formatter(millis in -63_000_000_000_000_i64..253_402_300_799_999) {
            let time = Timestamp::from_unix_millis(millis).unwrap();
            let general = time.0.to_rfc3339_opts(SecondsFormat::Millis, true);
            prop_assert_eq!(time.to_string(), general);
        }
    }

    #[test]
    fn text_form_has_three_decimals_and_z() {
        let time: Timestamp = "2026-03-28T10:00:00.9876543+01:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-03-28T09:00:00.987Z");
        assert_eq!(time.month().to_string(), "2026-03");
    }

    #[test]
    fn a_leap_second_is_the_second_after_it() {
        let leap: Timestamp = "2016-12-31T23:59:60.5Z".parse().unwrap();
        assert_eq!(leap.to_string(), "2017-01-01T00:00:00.500Z");
        assert_eq!(Timestamp::from_unix_millis(leap.unix_millis()), Some(leap));
        assert!("9999-12-31T23:59:60Z".parse::<Timestamp>().is_err());
    }

    #[test]
    fn a_date_covers_its_whole_day() {
        let date = NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();
        assert_eq!(
            Timestamp::start_of_day(date).to_string(),
            "2026-03-31T00:00:00.000Z"
        );
        assert_eq!(
            Timestamp::end_of_day(date).to_string(),
            "2026-03-31T23:59:59.999Z"
        );
    }

    #[test]
    fn an_hour_and_a_month_have_their_ends() {
        let time: Timestamp = "2026-12-31T23:59:59.999Z".parse().unwrap();
        let hour = time.start_of_hour();
        assert_eq!(hour.to_string(), "2026-12-31T23:00:00.000Z");
        assert_eq!(hour.start_of_hour(), hour);
        let february: Timestamp = "2028-02-10T00:00:00Z".parse().unwrap();
        for (time, first, last) in [
            (time, "2026-12-01", "2026-12-31"),
            (february, "2028-02-01", "2028-02-29"),
        ] {
            let month = time.month();
            assert_eq!(month.first_day().to_string(), first);
            assert_eq!(month.last_day().to_string(), last);
        }
        let day = days(time.date(), time.date());
        assert!(day.contains(&time) && !day.contains(&day.end));
        assert_eq!(day.end.to_string(), "2027-01-01T00:00:00.000Z");
    }

    #[test]
    fn refuses_what_is_no_date_time() {
        for text in [
            "",
            "2026-03-01",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "-0001-01-01T00:00:00Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
