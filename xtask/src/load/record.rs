//! What a scenario leaves behind.

use serde_json::Value;

/// The record that the scripts write: a flat JSON object.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// All of it, for the JSON file.
    pub json: Value,
    /// Name of the scenario.
    pub scenario: String,
    /// Virtual users.
    pub users: f64,
    /// Requests per second that the users send at most, without a limit `None`.
    pub offered: Option<f64>,
    /// Requests per second while all users were there.
    pub rate: f64,
    /// Median latency, milliseconds.
    pub p50: f64,
    /// 95th percentile of latency, milliseconds.
    pub p95: f64,
    /// 99th percentile of latency, milliseconds.
    pub p99: f64,
    /// Limit of the 95th percentile, milliseconds.
    pub limit: f64,
    /// Share of requests that failed, from 0 to 1.
    pub failed: f64,
    /// 95th percentile after an overload, milliseconds; `None` where there was none.
    pub afterwards: Option<f64>,
    /// Whether all thresholds held.
    pub held: bool,
}

impl Record {
    /// Reads a record; `None` if something is missing.
    pub fn parse(text: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(text).ok()?;
        let number = |name| json.get(name)?.as_f64();
        Some(Self {
            scenario: json.get("scenario")?.as_str()?.to_owned(),
            users: number("users")?,
            offered: number("offeredPerSecond"),
            rate: number("perSecond")?,
            p50: number("p50Ms")?,
            p95: number("p95Ms")?,
            p99: number("p99Ms")?,
            limit: number("p95LimitMs")?,
            failed: number("failedShare")?,
            afterwards: number("recoveryP95Ms"),
            held: json.get("held")?.as_bool()?,
            json,
        })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A record whose thresholds held or did not.
    pub fn example(held: bool) -> Record {
        let text = format!(
            "{{\"scenario\":\"issuance\",\"users\":1000,\"thinkSeconds\":2,\
             \"offeredPerSecond\":500,\"perSecond\":498.2,\"p50Ms\":3.1,\"p95Ms\":12,\
             \"p99Ms\":20.5,\"failedShare\":0.0005,\"p95LimitMs\":100,\
             \"recoveryP95Ms\":null,\"held\":{held},\"broken\":[]}}\n"
        );
        Record::parse(&text).unwrap()
    }

    #[test]
    fn all_figures_are_read() {
        let record = example(true);
        assert_eq!(record.scenario, "issuance");
        assert_eq!((record.users, record.offered), (1000.0, Some(500.0)));
        assert_eq!((record.p50, record.p95, record.p99), (3.1, 12.0, 20.5));
        assert_eq!((record.rate, record.failed), (498.2, 0.0005));
        assert_eq!((record.limit, record.afterwards), (100.0, None));
        assert!(record.held);
        assert!(!example(false).held);
    }

    #[test]
    fn an_incomplete_record_is_none() {
        assert_eq!(Record::parse(""), None);
        assert_eq!(
            Record::parse("{\"scenario\":\"issuance\",\"users\":1}"),
            None
        );
    }
}
