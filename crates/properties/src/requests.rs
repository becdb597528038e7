//! Path, query and headers.

use std::net::SocketAddr;

use actix_web::http::Uri;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use url::form_urlencoded;

use crate::api::{Answer, Api};
use crate::{Broken, Property, Seen, Verdict, first_line, holds, member};

/// Any request that reads is answered under a harmless request id, and a page of
/// a list is the page that another reading of the query finds.
///
/// Input: a line with path and query, then a header per line; the request comes
/// from a trusted proxy. `{id}` and `{token}` stand for the client's own.
pub struct Requests {
    api: Api,
    proxy: SocketAddr,
}

impl Property for Requests {
    const NAME: &'static str = "requests";

    fn new() -> Result<Self, Broken> {
        Ok(Self {
            api: Api::start()?,
            proxy: "10.0.0.1:4000".parse()?,
        })
    }

    fn check(&self, input: &[u8]) -> Verdict {
        let Ok(text) = std::str::from_utf8(input) else {
            return Ok(Seen::Refused);
        };
        let text = self.api.filled(text, &self.api.token);
        let (target, headers) = first_line(&text);
        let Ok(uri) = target.parse::<Uri>() else {
            return Ok(Seen::Refused);
        };
        let Some(request) = self.request(target, headers) else {
            return Ok(Seen::Refused);
        };
        let answer = self.api.send(request)?;
        let id = answer.headers.get("x-request-id");
        let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
        let harmless = id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        holds(harmless && (1..=128).contains(&id.len()), || {
            format!("request id {id:?}")
        })?;
        if answer.status == 200 {
            is_page(uri.query().unwrap_or_default(), &answer)?;
        }
        Ok(Seen::taken(answer.status == 200))
    }
}

impl Requests {
    /// The request; `None` when HTTP does not let it through.
    fn request(&self, target: &str, headers: &str) -> Option<TestRequest> {
        target.starts_with('/').then_some(())?;
        let mut request = TestRequest::get().uri(target).peer_addr(self.proxy);
        for line in headers.lines() {
            let (name, value) = line.split_once(':')?;
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            let value = HeaderValue::from_bytes(value.trim().as_bytes()).ok()?;
            request = request.append_header((name, value));
        }
        Some(request)
    }
}

/// Whether a list is the page that was asked for.
fn is_page(query: &str, answer: &Answer) -> Result<(), Broken> {
    let is_list = member(&answer.body, "data").is_array() && member(&answer.body, "page").is_u64();
    if !is_list {
        return Ok(());
    }
    for (name, default, largest) in [("page", 1, u64::from(u32::MAX)), ("limit", 20, 100)] {
        let shown = member(&answer.body, name).as_u64();
        let asked: Vec<String> = form_urlencoded::parse(query.as_bytes())
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
            .collect();
        let wanted = match asked.as_slice() {
            [] => Some(default),
            [one] => one.parse().ok(),
            _ => None,
        };
        let right = shown == wanted && wanted.is_some_and(|n| (1..=largest).contains(&n));
        holds(right, || format!("{name} {asked:?} is {shown:?}"))?;
    }
    Ok(())
}
