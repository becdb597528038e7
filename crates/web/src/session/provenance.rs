//! Which site a request comes from, as browsers tell it (Fetch Metadata, RFC
//! 6454).

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, ORIGIN};

/// Whether the browser says that another site leads here. Such a navigation
/// carries no `SameSite=Strict` cookie.
pub fn is_cross_site(request: &HttpRequest) -> bool {
    header(request, "sec-fetch-site") == Some("cross-site")
}

/// Whether a form was sent from anywhere but the own pages. Programs that are
/// no browser say nothing about it.
pub fn is_foreign(request: &HttpRequest) -> bool {
    match (
        header(request, "sec-fetch-site"),
        header(request, ORIGIN.as_str()),
    ) {
        (Some(site), _) => site != "same-origin" && site != "none",
        (None, Some(origin)) => !is_own(request, origin),
        (None, None) => false,
    }
}

fn is_own(request: &HttpRequest, origin: &str) -> bool {
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let asked = request
        .uri()
        .authority()
        .map(|authority| authority.as_str())
        .or_else(|| header(request, HOST.as_str()));
    let forwarded = header(request, "x-forwarded-host");
    authority.is_some() && (authority == asked || authority == forwarded)
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn foreign(headers: &[(&'static str, &'static str)]) -> bool {
        let mut request = TestRequest::with_uri("/dashboard/login");
        for header in headers {
            request = request.insert_header(*header);
        }
        is_foreign(&request.to_http_request())
    }

    #[test]
    fn forms_of_other_sites_are_told_apart() {
        let host = ("host", "idp.example");
        assert!(!foreign(&[host]));
        assert!(!foreign(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(!foreign(&[host, ("origin", "https://idp.example")]));
        assert!(foreign(&[host, ("sec-fetch-site", "cross-site")]));
        assert!(foreign(&[host, ("sec-fetch-site", "same-site")]));
        assert!(foreign(&[host, ("origin", "https://evil.example")]));
        assert!(foreign(&[host, ("origin", "null")]));
        assert!(foreign(&[
            host,
            ("origin", "https://idp.example"),
            ("sec-fetch-site", "cross-site"),
        ]));
    }
}
