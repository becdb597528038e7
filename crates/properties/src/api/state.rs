//! What the API needs, out of a world.

use agentidp_domain::billing::RedirectRules;
use agentidp_domain::federation::PartnerUrls;
use agentidp_domain::token::Issuer;
use agentidp_http::{AppState, HttpSettings};
use agentidp_testkit::api;
use agentidp_testkit::world::{ISSUER, World};

pub fn of(world: &World) -> AppState {
    api::state(world, settings())
}

/// As in production, behind a proxy.
fn settings() -> HttpSettings {
    HttpSettings {
        partner_urls: PartnerUrls {
            own_issuer: Issuer::new(ISSUER),
            allow_insecure: false,
        },
        redirects: RedirectRules {
            public_url: Issuer::new(ISSUER),
            allow_http: false,
        },
        trusted_proxies: "10.0.0.0/8".parse().into_iter().collect(),
        access_log: false,
        ..api::settings()
    }
}
