//! Reading the members of a JSON object into domain types.

use std::str::FromStr;

use agentidp_domain::organization::Limit;
use agentidp_domain::time::Timestamp;
use agentidp_domain::validation::{Invalid, Violations};
use serde_json::{Map, Value};

use crate::error::ApiError;

/// Unknown members that are named at most. A body has room for thousands, and
/// each costs more in the answer than in the request.
const UNKNOWN_NAMED: usize = 20;

/// Takes members out of an object one by one; at the end nothing may be left.
pub struct ObjectReader {
    members: Map<String, Value>,
    violations: Violations,
}

impl ObjectReader {
    /// A reader over `members`.
    pub fn new(members: Map<String, Value>) -> Self {
        Self {
            members,
            violations: Violations::default(),
        }
    }

    /// Whether the object has no member at all.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// A member that must be there.
    pub fn required<T>(
        &mut self,
        field: &str,
        parse: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Option<T> {
        match self.members.remove(field) {
            Some(value) => self.violations.check(field, parse(&value)),
            None => {
                self.violations.add(field, "This field is required.");
                None
            }
        }
    }

    /// A member that may be absent.
    pub fn optional<T>(
        &mut self,
        field: &str,
        parse: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Option<T> {
        let value = self.members.remove(field)?;
        self.violations.check(field, parse(&value))
    }

    /// A member that may be absent or null, which mean the same.
    pub fn nullable<T>(
        &mut self,
        field: &str,
        parse: impl FnOnce(&Value) -> Result<T, Invalid>,
    ) -> Option<T> {
        let value = self
            .members
            .remove(field)
            .filter(|value| !value.is_null())?;
        self.violations.check(field, parse(&value))
    }

    /// A text that the whole request is about: absent, empty or something
    /// else, it is refused before everything else.
    ///
    /// # Errors
    ///
    /// 400 with the name of the field in its message.
    pub fn essential(&mut self, field: &str) -> Result<String, ApiError> {
        match self.members.remove(field) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            _ => Err(ApiError::field_required(field)),
        }
    }

    /// Notes what is wrong with a member that was taken out before.
    pub fn check<T>(&mut self, field: &str, result: Result<T, Invalid>) -> Option<T> {
        self.violations.check(field, result)
    }

    /// Drops a member that is accepted without effect.
    pub fn ignore(&mut self, field: &str) {
        self.members.remove(field);
    }

    /// Members that exist but cannot be set.
    pub fn immutable(&mut self, fields: &[&str]) {
        for field in fields {
            if self.members.remove(*field).is_some() {
                self.violations.add(field, "This field cannot be changed.");
            }
        }
    }

    /// Adds a problem.
    pub fn refuse(&mut self, field: &str, reason: &str) {
        self.violations.add(field, reason);
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// 400 with every problem, the first twenty unknown members included.
    pub fn finish(mut self) -> Result<(), ApiError> {
        for field in self.members.keys().take(UNKNOWN_NAMED) {
            // Names are echoed; long ones are not worth it.
            let name: String = field.chars().take(64).collect();
            self.violations.add(&name, "This field is not known.");
        }
        self.violations
            .into_result()
            .map_err(|violations| ApiError::invalid_body(&violations))
    }
}

/// A text without U+0000, which no store can hold.
///
/// # Errors
///
/// When it is something else.
pub fn string(value: &Value) -> Result<&str, Invalid> {
    let text = value
        .as_str()
        .ok_or_else(|| Invalid::new("Must be a string."))?;
    if text.contains('\0') {
        return Err(Invalid::new("Must not contain the character U+0000."));
    }
    Ok(text)
}

/// A JWT that somebody else made: at most 16 KiB.
///
/// # Errors
///
/// When it is longer.
pub fn sized_token(token: &str) -> Result<&str, Invalid> {
    const LIMIT: usize = 16 * 1024;
    if token.len() > LIMIT {
        return Err(Invalid::new("Must have at most 16384 bytes."));
    }
    Ok(token)
}

/// A UUID, as an id of type `T`.
///
/// # Errors
///
/// When it is something else.
pub fn uuid<T: FromStr>(value: &Value) -> Result<T, Invalid> {
    string(value)?
        .parse()
        .map_err(|_| Invalid::new("Must be a valid UUID."))
}

/// A word of a fixed vocabulary.
///
/// # Errors
///
/// When it is another word.
pub fn word<T: FromStr<Err = Invalid>>(value: &Value) -> Result<T, Invalid> {
    string(value)?.parse()
}

/// A list of texts.
///
/// # Errors
///
/// When it is something else.
pub fn strings(value: &Value) -> Result<Vec<String>, Invalid> {
    value
        .as_array()
        .and_then(|items| {
            items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect()
        })
        .ok_or_else(|| Invalid::new("Must be an array of strings."))
}

/// A boolean.
///
/// # Errors
///
/// When it is something else.
pub fn boolean(value: &Value) -> Result<bool, Invalid> {
    value
        .as_bool()
        .ok_or_else(|| Invalid::new("Must be true or false."))
}

/// A date-time (RFC 3339).
///
/// # Errors
///
/// When it is something else.
pub fn date_time(value: &Value) -> Result<Timestamp, Invalid> {
    string(value)?.parse().map_err(|_| {
        Invalid::new("Must be a valid ISO 8601 date-time string (e.g. 2026-03-01T00:00:00.000Z).")
    })
}

/// A limit: an integer from 1 on, or null for "unlimited".
///
/// # Errors
///
/// When it is something else.
pub fn nullable_limit(value: &Value) -> Result<Limit, Invalid> {
    // Counters are 32 bit signed in some stores and clients.
    const MAX: u64 = 2_147_483_647;
    match value {
        Value::Null => Ok(Limit::UNLIMITED),
        value => value
            .as_u64()
            .filter(|n| (1..=MAX).contains(n))
            .and_then(|n| u32::try_from(n).ok())
            .map(Limit::at_most)
            .ok_or_else(|| {
                Invalid::new(format!("Must be an integer between 1 and {MAX}, or null."))
            }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_problem_is_named() {
        let Value::Object(members) = json!({"a": 1, "c": "x", "d": true}) else {
            panic!("an object");
        };
        let mut reader = ObjectReader::new(members);
        assert_eq!(reader.required("a", |v| string(v).map(str::to_owned)), None);
        assert_eq!(reader.required("b", boolean), None);
        reader.immutable(&["c"]);
        let error = reader.finish().unwrap_err();
        let details = error.body.details.unwrap();
        let fields: Vec<&str> = details["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert_eq!(fields, ["a", "b", "c", "d"]);
        assert_eq!(details["field"], "a");
    }

    #[test]
    fn of_thousands_of_unknown_members_a_few_are_named() {
        let members = (0..5_000).map(|number| (number.to_string(), json!(0)));
        let error = ObjectReader::new(members.collect()).finish().unwrap_err();
        let details = error.body.details.unwrap();
        assert_eq!(details["errors"].as_array().unwrap().len(), UNKNOWN_NAMED);
    }

    #[test]
    fn limits_are_positive_or_null() {
        assert_eq!(nullable_limit(&json!(null)), Ok(Limit::UNLIMITED));
        assert_eq!(nullable_limit(&json!(1)), Ok(Limit::at_most(1)));
        for bad in [
            json!(0),
            json!(-1),
            json!(1.5),
            json!("1"),
            json!(3_000_000_000_u64),
        ] {
            assert!(nullable_limit(&bad).is_err(), "{bad}");
        }
    }
}
