//! What the HTTP edge needs, out of a [`World`]. Tests replace the parts that
//! they are about.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::billing::{BillingService, BillingSettings, RedirectRules};
use agentidp_domain::federation::PartnerUrls;
use agentidp_domain::token::Issuer;
use agentidp_domain::webhook::WebhookTargets;
use agentidp_http::{AppState, Drain, HealthProbe, HttpMetrics, HttpSettings, Probe};
use async_trait::async_trait;

use crate::world::{ISSUER, World};

/// Use cases of `world` behind an edge with these settings: nothing is sold, a
/// database that answers is the only dependency, and nothing is counted.
#[must_use]
pub fn state(world: &World, settings: HttpSettings) -> AppState {
    AppState {
        agents: world.agents.clone(),
        credentials: world.credentials.clone(),
        organizations: world.organizations.clone(),
        audit: world.audit.clone(),
        tokens: world.tokens.clone(),
        did: world.trust.did.clone(),
        trust_policies: world.trust.trust_policies.clone(),
        exchange: world.trust.exchange.clone(),
        federation: world.trust.federation.clone(),
        federation_verifier: world.trust.federation_verifier.clone(),
        delegation: world.trust.delegation.clone(),
        webhooks: world.webhooks.clone(),
        marketplace: world.marketplace.clone(),
        usage: world.metering.usage.clone(),
        tiers: world.metering.tiers.clone(),
        billing: BillingService::new(world.ports.clone(), BillingSettings::default()),
        analytics: world.metering.analytics.clone(),
        meter: Arc::clone(&world.metering.meter),
        controls: Arc::clone(&world.controls),
        compliance: world.compliance.clone(),
        scaffolds: world.scaffolds.clone(),
        sessions: world.sessions.clone(),
        authenticator: Arc::clone(&world.authenticator),
        clients: world.clients.clone(),
        client_cache: Arc::clone(&world.client_cache),
        limits: Arc::clone(&world.limits),
        policy: world.policy.clone(),
        ring: world.ring.clone(),
        ports: world.ports.clone(),
        drain: Arc::new(Drain::default()),
        health: Arc::new(Well),
        metrics: Arc::new(Uncounted),
        settings,
    }
}

/// Everything is switched on, and plain HTTP is good enough.
#[must_use]
pub fn settings() -> HttpSettings {
    HttpSettings {
        issuer: Issuer::new(ISSUER),
        partner_urls: PartnerUrls {
            own_issuer: Issuer::new(ISSUER),
            allow_insecure: true,
        },
        webhook_targets: WebhookTargets::default(),
        redirects: RedirectRules {
            public_url: Issuer::new(ISSUER),
            allow_http: true,
        },
        delegation: true,
        marketplace: true,
        analytics: true,
        compliance: true,
        cors_origins: Vec::new(),
        trusted_proxies: Vec::new(),
        enforce_tls: false,
        secure_cookies: false,
        embedded_store: true,
        access_log: true,
        version: "1.2.3",
    }
}

/// A database that answers.
struct Well;

#[async_trait]
impl HealthProbe for Well {
    async fn probe(&self, _: Duration) -> Vec<Probe> {
        vec![Probe {
            service: "postgres",
            answered: true,
            elapsed: Duration::ZERO,
        }]
    }

    fn uptime(&self) -> Duration {
        Duration::ZERO
    }
}

/// Forgets what is counted.
struct Uncounted;

impl HttpMetrics for Uncounted {
    fn request(&self, _: &str, _: &str, _: u16, _: Duration) {}

    fn rate_limited(&self, _: &str) {}

    fn render(&self) -> Result<String, String> {
        Ok(String::new())
    }
}
