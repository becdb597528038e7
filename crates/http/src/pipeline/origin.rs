//! Where a request comes from.

use std::borrow::Cow;
use std::net::IpAddr;

use actix_web::dev::RequestHead;
use actix_web::http::header::USER_AGENT;
use actix_web::{HttpMessage, HttpRequest};
use agentidp_domain::caller::Origin;

use crate::state::HttpSettings;

/// Address and software of the client. `X-Forwarded-For` counts only when the
/// peer is a trusted proxy; its right-most address that is no trusted proxy
/// is the client.
pub fn of(head: &RequestHead, settings: &HttpSettings) -> Origin {
    let peer = head.peer_addr.map(|address| address.ip().to_canonical());
    let forwarded = peer
        .filter(|peer| is_trusted(*peer, settings))
        .and_then(|_| forwarded_for(head, settings));
    Origin {
        ip: forwarded.or(peer),
        user_agent: head
            .headers
            .get(USER_AGENT)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
    }
}

/// Whether the request arrived over HTTPS, as far as a trusted proxy says so.
pub fn is_https(head: &RequestHead, settings: &HttpSettings) -> bool {
    is_from_proxy(head, settings)
        && head
            .headers
            .get("x-forwarded-proto")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"))
}

/// The host that the client asked for, with its port if it named one.
/// `X-Forwarded-Host` counts only when the peer is a trusted proxy: nobody
/// else chooses where a redirect leads.
pub fn host<'a>(head: &'a RequestHead, settings: &HttpSettings) -> &'a str {
    let header = |name: &str| head.headers.get(name)?.to_str().ok();
    let forwarded = is_from_proxy(head, settings)
        .then(|| header("x-forwarded-host"))
        .flatten()
        .and_then(|hosts| hosts.split(',').next());
    forwarded
        .or_else(|| head.uri.authority().map(|authority| authority.as_str()))
        .or_else(|| header("host"))
        .map_or("localhost", str::trim)
}

/// The origin that the edge put into the request.
pub fn stored(request: &HttpRequest) -> Origin {
    request
        .extensions()
        .get::<Origin>()
        .cloned()
        .unwrap_or(Origin::LOCAL)
}

fn is_from_proxy(head: &RequestHead, settings: &HttpSettings) -> bool {
    head.peer_addr
        .is_some_and(|address| is_trusted(address.ip().to_canonical(), settings))
}

fn is_trusted(ip: IpAddr, settings: &HttpSettings) -> bool {
    settings
        .trusted_proxies
        .iter()
        .any(|network| network.contains(&ip))
}

fn forwarded_for(head: &RequestHead, settings: &HttpSettings) -> Option<IpAddr> {
    // Whatever a stranger has written, proxies append to the same line what
    // they know: it has to be found behind bytes that are no text, too.
    let lines: Vec<Cow<'_, str>> = head
        .headers
        .get_all("x-forwarded-for")
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    let hops: Vec<&str> = lines.iter().flat_map(|line| line.split(',')).collect();
    let mut client = None;
    for hop in hops.into_iter().rev() {
        // A hop that cannot be read ends the part that can be believed.
        let ip: IpAddr = hop.trim().parse::<IpAddr>().ok()?.to_canonical();
        client = Some(ip);
        if !is_trusted(ip, settings) {
            break;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;
    use agentidp_domain::billing::RedirectRules;
    use agentidp_domain::federation::PartnerUrls;
    use agentidp_domain::token::Issuer;
    use agentidp_domain::webhook::WebhookTargets;

    use super::*;

    fn settings(trusted: &[&str]) -> HttpSettings {
        let issuer = Issuer::new("https://idp.example");
        HttpSettings {
            partner_urls: PartnerUrls {
                own_issuer: issuer.clone(),
                allow_insecure: false,
            },
            webhook_targets: WebhookTargets::default(),
            redirects: RedirectRules {
                public_url: issuer.clone(),
                allow_http: false,
            },
            issuer,
            delegation: true,
            marketplace: true,
            analytics: true,
            compliance: true,
            cors_origins: Vec::new(),
            trusted_proxies: trusted.iter().map(|net| net.parse().unwrap()).collect(),
            enforce_tls: false,
            secure_cookies: false,
            embedded_store: true,
            access_log: false,
            version: "0",
        }
    }

    fn client(trusted: &[&str], forwarded: impl AsRef<[u8]>) -> String {
        let forwarded = HeaderValue::from_bytes(forwarded.as_ref()).unwrap();
        let request = TestRequest::default()
            .peer_addr("10.0.0.1:1234".parse().unwrap())
            .insert_header(("x-forwarded-for", forwarded))
            .to_http_request();
        of(request.head(), &settings(trusted)).ip_text()
    }

    #[test]
    fn bytes_that_are_no_text_do_not_hide_what_a_proxy_appended() {
        assert_eq!(client(&["10.0.0.0/8"], b"\xff, 203.0.113.9"), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], b"\xff"), "10.0.0.1");
    }

    #[test]
    fn strangers_cannot_choose_their_address() {
        assert_eq!(client(&[], "203.0.113.9"), "10.0.0.1");
        assert_eq!(
            client(&["10.0.0.0/8"], "1.1.1.1, 203.0.113.9"),
            "203.0.113.9"
        );
        assert_eq!(
            client(&["10.0.0.0/8"], "203.0.113.9, 10.0.0.2"),
            "203.0.113.9"
        );
        assert_eq!(client(&["10.0.0.0/8"], "nonsense"), "10.0.0.1");
    }
}
