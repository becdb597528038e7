//! Claims of a foreign token.

use serde_json::{Map, Value};

/// Tolerated difference of clocks for foreign tokens, in seconds.
pub const EXTERNAL_SKEW_SECONDS: i64 = 60;

/// The payload of a foreign token, a JSON object of any content.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForeignClaims(Map<String, Value>);

impl ForeignClaims {
    /// Wraps a payload.
    #[must_use]
    pub fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// A claim that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A claim that is a text or a number, as text: ids are written both ways.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// `aud` (RFC 7519 §4.1.3): one text or a list of texts. `None` when the
    /// claim is absent, an empty list when it is of another form.
    #[must_use]
    pub fn audiences(&self) -> Option<Vec<&str>> {
        Some(match self.0.get("aud")? {
            Value::String(one) => vec![one],
            Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        })
    }

    /// Whether `exp` is a time (RFC 7519 §2, NumericDate).
    #[must_use]
    pub fn has_expiry(&self) -> bool {
        self.time("exp").is_some()
    }

    /// Whether `exp` has passed at `now` (Unix seconds), skew tolerated. A
    /// token without expiry counts as expired.
    #[must_use]
    pub fn is_expired(&self, now: i64) -> bool {
        self.time("exp")
            .is_none_or(|end| end <= seconds(now.saturating_sub(EXTERNAL_SKEW_SECONDS)))
    }

    /// Whether `nbf` lies ahead of `now` (Unix seconds), skew tolerated, or is
    /// no time.
    #[must_use]
    pub fn is_early(&self, now: i64) -> bool {
        match self.0.get("nbf") {
            None => false,
            Some(_) => self
                .time("nbf")
                .is_none_or(|begin| begin > seconds(now.saturating_add(EXTERNAL_SKEW_SECONDS))),
        }
    }

    fn time(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.as_f64().filter(|time| time.is_finite())
    }

    /// The whole payload.
    #[must_use]
    pub fn into_json(self) -> Value {
        Value::Object(self.0)
    }
}

/// Unix seconds as NumericDates are compared: fractions are allowed in them.
fn seconds(time: i64) -> f64 {
    // Exact for every time that can occur.
    i32::try_from(time).map_or_else(|_| time.to_string().parse().unwrap_or(f64::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: &Value) -> ForeignClaims {
        ForeignClaims::new(value.as_object().unwrap().clone())
    }

    #[test]
    fn expiry_tolerates_a_minute_and_must_be_there() {
        let token = claims(&json!({ "exp": 1_000 }));
        assert!(!token.is_expired(1_059));
        assert!(token.is_expired(1_060));
        assert!(claims(&json!({})).is_expired(0));
        assert!(claims(&json!({ "exp": "9999999999" })).is_expired(0));
        assert!(!claims(&json!({ "exp": 4_102_444_800.5 })).is_expired(4_102_444_800));
    }

    #[test]
    fn not_before_tolerates_a_minute() {
        let token = claims(&json!({ "nbf": 1_000 }));
        assert!(token.is_early(939));
        assert!(!token.is_early(940));
        assert!(!claims(&json!({})).is_early(0));
        assert!(claims(&json!({ "nbf": "soon" })).is_early(5_000));
    }

    #[test]
    fn an_audience_is_one_or_many() {
        assert_eq!(claims(&json!({})).audiences(), None);
        assert_eq!(claims(&json!({ "aud": "a" })).audiences(), Some(vec!["a"]));
        assert_eq!(
            claims(&json!({ "aud": ["a", 1, "b"] })).audiences(),
            Some(vec!["a", "b"])
        );
        assert_eq!(claims(&json!({ "aud": 1 })).audiences(), Some(vec![]));
    }
}
