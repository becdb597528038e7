//! An answer, and what the tests say about it.

use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use serde_json::Value;

/// Status, headers and the whole body of a response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub async fn read<B: MessageBody>(response: ServiceResponse<B>) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = to_bytes(response.into_body()).await;
        let Ok(body) = body else {
            panic!("the body cannot be read");
        };
        Self {
            status,
            headers,
            body,
        }
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{self:?}"
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The only value of a header.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let values = self.headers(name);
        assert!(values.len() <= 1, "{name} is there {} times", values.len());
        values.first().copied()
    }

    /// All values of a header.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers
            .get_all(name)
            .map(|value| value.to_str().unwrap())
            .collect()
    }

    /// The whole number in a header.
    #[track_caller]
    pub fn number(&self, name: &str) -> i64 {
        self.header(name)
            .unwrap_or_else(|| panic!("no header {name}: {self:?}"))
            .parse()
            .unwrap()
    }

    /// An answer with this status; its body, or null when it has none.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        if self.body.is_empty() {
            return Value::Null;
        }
        self.json()
    }

    /// An answer without body.
    #[track_caller]
    pub fn no_content(&self) {
        assert_eq!(self.status, 204, "{self:?}");
        assert!(self.body.is_empty(), "{self:?}");
    }

    /// An error in the envelope and nothing else; its details.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str, message: &str) -> Value {
        let mut body = self.expect(status);
        assert_eq!(
            (&body["code"], &body["message"]),
            (&code.into(), &message.into())
        );
        let members = body.as_object_mut().unwrap();
        let details = members.remove("details").unwrap_or_default();
        assert_eq!(members.len(), 2, "{members:?}");
        details
    }

    /// An error of an OAuth endpoint in both forms, not to be cached; its
    /// details.
    #[track_caller]
    pub fn oauth_refused(&self, status: u16, error: &str, code: &str, message: &str) -> Value {
        let mut body = self.expect(status);
        assert_eq!(
            (&body["error"], &body["code"]),
            (&error.into(), &code.into()),
            "{body}"
        );
        assert_eq!(body["message"], message);
        assert_eq!(body["error_description"], body["message"]);
        self.not_cached();
        let members = body.as_object_mut().unwrap();
        let details = members.remove("details").unwrap_or_default();
        assert_eq!(members.len(), 4, "{members:?}");
        details
    }

    /// 400 for bad fields: exactly these, the first one also on its own.
    #[track_caller]
    pub fn invalid(&self, message: &str, fields: &[&str]) -> Value {
        let details = self.refused(400, "VALIDATION_ERROR", message);
        let errors = details["errors"].as_array().unwrap();
        let named: Vec<&str> = errors
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert_eq!(named, fields, "{details}");
        assert_eq!(details["field"], errors[0]["field"]);
        assert_eq!(details["reason"], errors[0]["reason"]);
        details
    }

    /// 403 for a missing scope.
    #[track_caller]
    pub fn scope_missing(&self, scope: &str) {
        let details = self.refused(403, "FORBIDDEN", super::texts::SCOPE_MISSING);
        assert_eq!(details["requiredScopes"], serde_json::json!([scope]));
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
        assert_eq!(self.header("www-authenticate"), Some(challenge.as_str()));
    }

    /// 403 for somebody else's things, without details and challenge.
    #[track_caller]
    pub fn denied(&self) {
        let details = self.refused(403, "AUTHORIZATION_ERROR", super::texts::DENIED);
        assert_eq!(details, Value::Null);
        assert_eq!(self.header("www-authenticate"), None);
    }

    #[track_caller]
    pub fn not_cached(&self) {
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("pragma"), Some("no-cache"));
    }
}
