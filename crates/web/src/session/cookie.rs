//! The session cookie (RFC 6265bis).

use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;
use agentidp_domain::session::SessionId;
use agentidp_http::HttpSettings;

const NAME: &str = "agentidp_session";

/// Out of reach of scripts, never sent by other sites, gone with the browser.
const FLAGS: &str = "HttpOnly; SameSite=Strict; Path=/";

/// The value that a request carries, whatever it is.
pub fn presented(request: &HttpRequest) -> Option<&str> {
    request
        .headers()
        .get_all(COOKIE)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == NAME)
        .map(|(_, value)| value)
}

/// `Set-Cookie` of a new session.
pub fn beginning(id: &SessionId, settings: &HttpSettings) -> String {
    format!("{NAME}={}; {FLAGS}{}", id.as_str(), secure(settings))
}

/// `Set-Cookie` that removes it.
pub fn ending(settings: &HttpSettings) -> String {
    format!("{NAME}=; Max-Age=0; {FLAGS}{}", secure(settings))
}

fn secure(settings: &HttpSettings) -> &'static str {
    if settings.secure_cookies {
        "; Secure"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let read = |line: &str| {
            let request = TestRequest::default().insert_header((COOKIE, line));
            presented(&request.to_http_request()).map(str::to_owned)
        };
        let found = Some("abc".to_owned());
        assert_eq!(read("agentidp_session=abc"), found);
        assert_eq!(read("a=b; agentidp_session=abc; c=d"), found);
        assert_eq!(read("xagentidp_session=abc"), None);
        assert_eq!(read("agentidp_session"), None);
    }
}
