//! Reading query parameters into domain types. Unknown ones are ignored.

use actix_web::HttpRequest;
use agentidp_domain::page::PageRequest;
use agentidp_domain::time::Timestamp;
use agentidp_domain::validation::{Invalid, Violations};
use chrono::{Datelike, NaiveDate};

use crate::error::ApiError;
use crate::input::form::form_decode;

/// Takes parameters out of a query string.
pub struct QueryReader {
    pairs: Vec<(String, Option<String>)>,
    violations: Violations,
}

impl QueryReader {
    /// A reader over the query string of `request`.
    pub fn new(request: &HttpRequest) -> Self {
        let pairs = request
            .query_string()
            .split('&')
            .filter(|pair| !pair.is_empty())
            .filter_map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((form_decode(name.as_bytes())?, form_decode(value.as_bytes())))
            })
            .collect();
        Self {
            pairs,
            violations: Violations::default(),
        }
    }

    /// A parameter that may be absent.
    pub fn optional<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let mut values = self.pairs.iter().filter(|(known, _)| known == name);
        let value = &values.next()?.1;
        let result = match (value, values.next()) {
            (_, Some(_)) => Err(Invalid::new("Must not be repeated.")),
            (None, None) => Err(Invalid::new("Must be valid UTF-8.")),
            (Some(value), None) if value.contains('\0') => {
                Err(Invalid::new("Must not contain the character U+0000."))
            }
            (Some(value), None) => parse(value),
        };
        self.violations.check(name, result)
    }

    /// `page` and `limit`.
    pub fn page(&mut self) -> PageRequest {
        let default = PageRequest::default();
        let page = self
            .optional("page", |text| {
                let page = number(text, "Must be an integer of at least 1.")?;
                PageRequest::new(page, 1).map(|_| page)
            })
            .unwrap_or(default.page());
        let limit = self.limit();
        PageRequest::new(page, limit).unwrap_or(default)
    }

    /// `limit` and `offset`, of a list without pages.
    pub fn section(&mut self) -> (u32, u32) {
        let limit = self.limit();
        let offset = self.optional("offset", |text| {
            number(text, "Must be between 0 and 4294967295.")
        });
        (limit, offset.unwrap_or(0))
    }

    fn limit(&mut self) -> u32 {
        let limit = self.optional("limit", |text| {
            let limit = number(text, "Must be between 1 and 100.")?;
            PageRequest::new(1, limit).map(|_| limit)
        });
        limit.unwrap_or(PageRequest::default().limit())
    }

    /// A date-time, or a date that stands for one of its ends.
    pub fn date_or_time(
        &mut self,
        name: &str,
        example: &str,
        of_date: fn(NaiveDate) -> Timestamp,
    ) -> Option<Timestamp> {
        self.optional(name, |text| {
            full_date(text)
                .map(of_date)
                .or_else(|| text.parse().ok())
                .ok_or_else(|| date_reason(example))
        })
    }

    /// A date-time.
    pub fn date_time(&mut self, name: &str, example: &str) -> Option<Timestamp> {
        self.optional(name, |text| text.parse().map_err(|_| date_reason(example)))
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// 400 with every problem.
    pub fn finish(self) -> Result<(), ApiError> {
        self.into_result()
            .map_err(|violations| ApiError::invalid_query(&violations))
    }

    /// Ends the reading, for areas with a text of their own.
    ///
    /// # Errors
    ///
    /// Every problem.
    pub fn into_result(self) -> Result<(), Violations> {
        self.violations.into_result()
    }
}

fn date_reason(example: &str) -> Invalid {
    Invalid::new(format!(
        "Must be a valid ISO 8601 date-time string (e.g. {example})."
    ))
}

/// `YYYY-MM-DD` of the years 1 to 9999. chrono alone reads spaces, signs and
/// years of more digits as well.
fn full_date(text: &str) -> Option<NaiveDate> {
    let date: NaiveDate = text.parse().ok()?;
    let plain = (1..=9999).contains(&date.year()) && date.to_string() == text;
    plain.then_some(date)
}

fn number(text: &str, reason: &str) -> Result<u32, Invalid> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .ok_or_else(|| Invalid::new(reason))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn reader(query: &str) -> QueryReader {
        QueryReader::new(&TestRequest::with_uri(&format!("/x?{query}")).to_http_request())
    }

    #[test]
    fn paging_has_defaults_and_limits() {
        let mut ok = reader("page=2&limit=100&foo=bar");
        let page = ok.page();
        assert_eq!((page.page(), page.limit()), (2, 100));
        assert!(ok.finish().is_ok());
        for bad in [
            "page=0",
            "page=-1",
            "limit=101",
            "limit=0",
            "limit=x",
            "page=1&page=2",
            "page=",
        ] {
            let mut reader = reader(bad);
            reader.page();
            assert!(reader.finish().is_err(), "{bad}");
        }
    }

    #[test]
    fn sections_have_defaults_and_limits() {
        assert_eq!(reader("").section(), (20, 0));
        let mut ok = reader("limit=1&offset=4294967295");
        assert_eq!(ok.section(), (1, u32::MAX));
        assert!(ok.finish().is_ok());
        for bad in [
            "offset=-1",
            "offset=4294967296",
            "offset=x",
            "offset=",
            "offset=1&offset=1",
            "limit=0",
        ] {
            let mut reader = reader(bad);
            reader.section();
            assert_eq!(reader.into_result().unwrap_err().as_slice().len(), 1);
        }
    }

    #[test]
    fn a_date_is_one_of_its_ends() {
        let mut reader = reader("fromDate=2026-03-01&toDate=2026-03-31T10:00:00Z");
        let from = reader
            .date_or_time("fromDate", "x", Timestamp::start_of_day)
            .unwrap();
        let to = reader
            .date_or_time("toDate", "x", Timestamp::end_of_day)
            .unwrap();
        assert_eq!(from.to_string(), "2026-03-01T00:00:00.000Z");
        assert_eq!(to.to_string(), "2026-03-31T10:00:00.000Z");
        for bad in [
            "2026-3-1",
            "2026-%203-%201",
            "%2B12345-1-1",
            "-12345-1-1",
            "0000-01-01",
            "2026-02-30",
        ] {
            let mut reader = self::reader(&format!("fromDate={bad}"));
            let read = reader.date_or_time("fromDate", "x", Timestamp::start_of_day);
            assert_eq!(read, None, "{bad}");
            assert!(reader.finish().is_err(), "{bad}");
        }
    }
}
