//! The filters of the audit log, out of an address and back into it.

use std::time::Duration;

use agentidp_domain::audit::{Action, AuditFilter, Outcome};
use agentidp_domain::time::Timestamp;
use agentidp_http::ApiError;
use chrono::{Datelike as _, NaiveDate};

use crate::fault::reworded;
use crate::query::Query;

/// Farthest zone from UTC, in minutes.
const MAX_OFFSET: i64 = 14 * 60;

/// What the form of the audit log says. Days are days of the browser's zone,
/// whose distance to UTC comes along; without it, of UTC.
#[derive(Debug, Default)]
pub struct Filters {
    /// Id of an agent, as typed in.
    pub agent_id: String,
    /// What happened.
    pub action: Option<Action>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}

/// A day, if one is chosen, and the distance of its zone to UTC in minutes.
#[derive(Debug, Default)]
pub struct Day {
    date: Option<NaiveDate>,
    offset: i64,
}

impl Day {
    fn read(query: &Query, date: &str, offset: &str) -> Self {
        let offset: Option<i64> = query.parsed(offset);
        Self {
            date: full_date(query.get(date)),
            offset: offset
                .filter(|minutes| minutes.abs() <= MAX_OFFSET)
                .unwrap_or_default(),
        }
    }

    /// `YYYY-MM-DD`; empty when none is chosen.
    pub fn text(&self) -> String {
        self.date.map_or_else(String::new, |date| date.to_string())
    }

    fn offset_text(&self) -> String {
        match (self.date, self.offset) {
            (Some(_), offset) if offset != 0 => offset.to_string(),
            _ => String::new(),
        }
    }

    /// A time of the day in UTC: `of` it as if its zone were UTC, then moved.
    fn instant(&self, of: fn(NaiveDate) -> Timestamp) -> Option<Timestamp> {
        let time = of(self.date?);
        Some(match self.offset > 0 {
            true => time.minus(self.distance()),
            false => time.plus(self.distance()),
        })
    }

    /// The first day of the zone that begins at `earliest` or later.
    fn first_since(&self, earliest: Timestamp) -> Option<NaiveDate> {
        let local = match self.offset > 0 {
            true => earliest.plus(self.distance()),
            false => earliest.minus(self.distance()),
        };
        let day = local.date();
        match Timestamp::start_of_day(day) < local {
            true => day.succ_opt(),
            false => Some(day),
        }
    }

    fn distance(&self) -> Duration {
        Duration::from_secs(self.offset.unsigned_abs() * 60)
    }
}

/// `YYYY-MM-DD` of the years 1 to 9999; chrono alone reads more.
fn full_date(text: &str) -> Option<NaiveDate> {
    let date: NaiveDate = text.parse().ok()?;
    let plain = (1..=9999).contains(&date.year()) && date.to_string() == text;
    plain.then_some(date)
}

impl Filters {
    /// The filters of an address.
    pub fn read(query: &Query) -> Self {
        Self {
            agent_id: query.get("agentId").replace('\0', ""),
            action: query.parsed("action"),
            outcome: query.parsed("outcome"),
            from: Day::read(query, "from", "fromOffset"),
            to: Day::read(query, "to", "toOffset"),
        }
    }

    /// The conditions for the use case.
    pub fn conditions(&self) -> AuditFilter {
        AuditFilter {
            agent_id: Some(self.agent_id.clone()).filter(|id| !id.is_empty()),
            action: self.action,
            outcome: self.outcome,
            from: self.from.instant(Timestamp::start_of_day),
            to: self.to.instant(Timestamp::end_of_day),
        }
    }

    /// The same error with the first day that would do, where the chosen one
    /// lies before the retention window.
    pub fn guided(&self, error: ApiError) -> ApiError {
        let earliest: Option<Timestamp> = error
            .body
            .details
            .as_ref()
            .and_then(|details| details.get("earliestAvailable")?.as_str()?.parse().ok());
        match earliest.and_then(|earliest| self.from.first_since(earliest)) {
            Some(day) => {
                let message = &error.body.message;
                reworded(&error, format!("{message} The earliest date is {day}."))
            }
            None => error,
        }
    }

    /// The parameters of an address with these filters.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![
            ("agentId", self.agent_id.clone()),
            ("action", self.action_word().to_owned()),
            ("outcome", self.outcome_word().to_owned()),
            ("from", self.from.text()),
            ("fromOffset", self.from.offset_text()),
            ("to", self.to.text()),
            ("toOffset", self.to.offset_text()),
        ]
    }

    /// Name of the action; empty for all.
    pub fn action_word(&self) -> &'static str {
        self.action.map_or("", Action::as_str)
    }

    /// Name of the outcome; empty for both.
    pub fn outcome_word(&self) -> &'static str {
        self.outcome.map_or("", Outcome::as_str)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn filters(query: &str) -> Filters {
        let uri = format!("/dashboard/audit?{query}");
        Filters::read(&Query::read(&TestRequest::with_uri(&uri).to_http_request()))
    }

    fn range(query: &str) -> (String, String) {
        let conditions = filters(query).conditions();
        let text = |time: Option<Timestamp>| time.map_or_else(String::new, |t| t.to_string());
        (text(conditions.from), text(conditions.to))
    }

    #[test]
    fn days_are_those_of_the_zone_that_comes_along() {
        let days = "from=2026-03-29&to=2026-03-29";
        assert_eq!(
            range(days),
            (
                "2026-03-29T00:00:00.000Z".to_owned(),
                "2026-03-29T23:59:59.999Z".to_owned()
            )
        );
        // The clocks in Berlin go forward that day.
        assert_eq!(
            range(&format!("{days}&fromOffset=60&toOffset=120")),
            (
                "2026-03-28T23:00:00.000Z".to_owned(),
                "2026-03-29T21:59:59.999Z".to_owned()
            )
        );
        assert_eq!(
            range("from=2026-03-29&fromOffset=-420").0,
            "2026-03-29T07:00:00.000Z"
        );
        // No zone is that far away.
        assert_eq!(
            range("from=2026-03-29&fromOffset=99999").0,
            "2026-03-29T00:00:00.000Z"
        );
    }

    #[test]
    fn the_first_day_that_would_do_begins_inside_the_window() {
        let first = |query: &str, earliest: &str| {
            let day = filters(query).from.first_since(earliest.parse().unwrap());
            day.unwrap().to_string()
        };
        let utc = "from=2001-01-01";
        assert_eq!(first(utc, "2026-03-28T00:00:00.000Z"), "2026-03-28");
        assert_eq!(first(utc, "2026-03-28T00:00:00.001Z"), "2026-03-29");
        let east = "from=2001-01-01&fromOffset=60";
        assert_eq!(first(east, "2026-03-27T23:00:00.000Z"), "2026-03-28");
        assert_eq!(first(east, "2026-03-28T00:00:00.000Z"), "2026-03-29");
        let west = "from=2001-01-01&fromOffset=-420";
        assert_eq!(first(west, "2026-03-28T06:00:00.000Z"), "2026-03-28");
        assert_eq!(first(west, "2026-03-28T08:00:00.000Z"), "2026-03-29");
    }

    #[test]
    fn what_means_nothing_is_no_filter() {
        let odd = filters("agentId=+&action=nonsense&outcome=&from=2026-3-1&to=yesterday");
        assert_eq!(odd.conditions(), AuditFilter::default());
        assert!(odd.parameters().iter().all(|(_, value)| value.is_empty()));
    }
}
