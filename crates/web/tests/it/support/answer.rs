//! An answer, and what the tests say about it.

use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderMap;

/// Status, headers and the whole body of a response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn read<B: MessageBody>(response: ServiceResponse<B>) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let Ok(body) = to_bytes(response.into_body()).await else {
            panic!("the body cannot be read");
        };
        Self {
            status,
            headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// A page with this status that shows these texts.
    #[track_caller]
    pub fn shows(&self, status: u16, texts: &[&str]) {
        assert_eq!(self.status, status, "{self:?}");
        for text in texts {
            assert!(self.text.contains(text), "{text} is missing: {self:?}");
        }
    }

    /// A page that does not contain this text.
    #[track_caller]
    pub fn lacks(&self, text: &str) {
        assert!(!self.text.contains(text), "{text} is there: {self:?}");
    }

    /// The browser is sent on.
    #[track_caller]
    pub fn leads_to(&self, location: &str) {
        assert_eq!(self.status, 303, "{self:?}");
        assert_eq!(self.header("location"), Some(location));
    }

    /// What stands between two texts, the first time.
    #[track_caller]
    pub fn between(&self, before: &str, after: &str) -> String {
        let rest = self.text.split_once(before);
        let (_, rest) = rest.unwrap_or_else(|| panic!("no {before}: {self:?}"));
        rest.split_once(after).unwrap().0.to_owned()
    }
}
