//! Media types of DID documents (DID Core 1.0 §6), chosen by `Accept`
//! (RFC 9110 §12.5.1).

use actix_web::HttpRequest;
use actix_web::http::header::{Accept, Header, Quality};

/// Representation without a wish.
pub const JSON: &str = "application/json";

/// Representations that have to be asked for by name.
const DID_TYPES: [&str; 2] = ["application/did+ld+json", "application/did+json"];

/// The media type of a document for this request. One of the DID types only
/// when it is asked for by name and nothing else is preferred to it.
pub fn negotiate(request: &HttpRequest) -> &'static str {
    let Ok(mut accept) = Accept::parse(request) else {
        return JSON;
    };
    // A quality of nothing means "not this one".
    accept.retain(|media| media.quality > Quality::ZERO);
    let known = |essence: &str| {
        DID_TYPES
            .into_iter()
            .chain([JSON])
            .find(|name| *name == essence)
            .or_else(|| ["*/*", "application/*"].contains(&essence).then_some(JSON))
    };
    accept
        .ranked()
        .iter()
        .find_map(|media| known(media.essence_str()))
        .unwrap_or(JSON)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn did_types_have_to_be_asked_for() {
        for (accept, wanted) in [
            ("*/*", JSON),
            ("application/json", JSON),
            ("text/html", JSON),
            ("application/did+json", "application/did+json"),
            ("application/did+ld+json", "application/did+ld+json"),
            (
                "application/did+ld+json,application/json",
                "application/did+ld+json",
            ),
            ("application/did+json;q=0.5, application/json", JSON),
            (
                "text/html, application/did+json;q=0.9, */*;q=0.1",
                "application/did+json",
            ),
            ("application/did+json;q=0", JSON),
            (";;;", JSON),
        ] {
            let request = TestRequest::default()
                .insert_header(("accept", accept))
                .to_http_request();
            assert_eq!(negotiate(&request), wanted, "{accept}");
        }
        assert_eq!(negotiate(&TestRequest::default().to_http_request()), JSON);
    }
}
