//! One run in which every family of the catalogue gets a series.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;
use sha2::Sha256;

use crate::compliance::set_end;
use crate::harness::{
    Api, Client, Installation, Server, agents, platform_token, registration, tenant, text,
    unix_now, until,
};

/// Scopes of the administrator who drives it.
pub const SCOPES: &str =
    "agents:read agents:write tokens:read audit:read webhooks:read webhooks:write";

/// Jobs run twice a second here; the rest is for a busy machine.
pub const SOON: Duration = Duration::from_secs(60);

/// Signs what Stripe sends.
const STRIPE_SECRET: &str = "whsec_of_the_metrics_test";

/// PostgreSQL and Redis, and jobs that do not take an hour. `None`: the test
/// was reported as skipped.
pub fn installation() -> Option<Installation> {
    let mut installation = Installation::scaled()?;
    for (name, value) in [
        ("AUDIT_CHAIN_VERIFICATION_INTERVAL_MS", "500"),
        ("SECRETS_ROTATION_CHECK_INTERVAL_MS", "500"),
        ("WEBHOOK_ALLOW_INSECURE_TARGETS", "true"),
        ("WEBHOOK_MAX_RETRIES", "1"),
        ("RATE_LIMIT_ENABLED", "true"),
        ("RATE_LIMIT_MAX_REQUESTS", "100000"),
        ("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET),
    ] {
        installation.set(name, value);
    }
    Some(installation)
}

/// Drives all of it; returns an agent whose id must be no label.
pub async fn drive(installation: &Installation, server: &Server) -> Client {
    let api = &server.api;
    let (tenant, _) = tenant(installation, server, "measured").await;
    let admin = api.token(&tenant.admin, SCOPES).await;
    let client = life_of_an_agent(api, &admin).await;
    expiring_credential(installation, api, &admin).await;
    dead_letter(api, &admin, &tenant.id).await;
    too_many_requests(installation, server).await;
    scaffold(api, &admin, &tenant.admin.id).await;
    stripe_event(api).await;
    api.open("/nowhere/at/all").await.expect(404);
    until("the first verification", SOON, || {
        shows(api, "agentidp_audit_chain_integrity 1")
    })
    .await;
    client
}

/// Whether the exposition contains a text.
pub async fn shows(api: &Api, line: &str) -> bool {
    api.open("/metrics").await.text.contains(line)
}

/// Registration, token, introspection, delegation, revocation, end.
async fn life_of_an_agent(api: &Api, admin: &str) -> Client {
    let client = agents(api, admin, "measured", 1).await.remove(0);
    let token = api.token(&client, "").await;
    let path = format!("/api/v1/agents/{}", client.id);
    api.get(&token, &path).await.expect(200);
    assert!(api.accepts(&token).await);
    delegated(api, admin, &client.id).await;
    api.revoke(&token).await;
    assert_eq!(api.delete(admin, &path).await.status, 204);
    client
}

/// One delegation, from beginning to end.
async fn delegated(api: &Api, token: &str, delegatee: &str) {
    let path = "/api/v1/oauth2/token/delegate";
    let wish = json!({"delegateeAgentId": delegatee, "scopes": ["agents:read"], "ttlSeconds": 60});
    let chain = api.post(token, path, &wish).await.expect(201);
    let shown = json!({"delegationToken": chain["delegationToken"]});
    api.post(token, "/api/v1/oauth2/token/verify-delegation", &shown)
        .await
        .expect(200);
    let path = format!("{path}/{}", text(&chain, "id"));
    // The second revocation is none.
    for _ in 0..2 {
        assert_eq!(api.delete(token, &path).await.status, 204);
    }
}

async fn expiring_credential(installation: &Installation, api: &Api, admin: &str) {
    let agent = api.agent(admin, "expiring@measured.example").await;
    set_end(&installation.database, &agent, 1);
    let id = &agent.client.id;
    let series = format!("agentidp_credentials_expiring_soon_total{{agent_id=\"{id}\"}}");
    until("the scan", SOON, || shows(api, &series)).await;
}

/// A delivery to nobody: the count begins at zero with the subscription.
async fn dead_letter(api: &Api, admin: &str, organization: &str) {
    let series = dead_letters(organization);
    subscribe_nobody(api, admin).await;
    assert!(shows(api, &format!("{series} 0\n")).await);
    let unheard = registration("unheard@measured.example");
    api.post(admin, "/api/v1/agents", &unheard)
        .await
        .expect(201);
    let dead = format!("{series} 1\n");
    until("the dead letter", SOON, || shows(api, &dead)).await;
}

/// The series of an organization's dead letters.
pub fn dead_letters(organization: &str) -> String {
    format!("agentidp_webhook_dead_letters_total{{organization_id=\"{organization}\"}}")
}

/// A subscription of port 1, on which nobody listens.
pub async fn subscribe_nobody(api: &Api, admin: &str) {
    let hook = json!({
        "name": "Nobody", "url": "http://127.0.0.1:1/", "events": ["agent.created"],
    });
    api.post(admin, "/api/v1/webhooks", &hook).await.expect(201);
}

async fn too_many_requests(installation: &Installation, server: &Server) {
    let api = &server.api;
    let platform = platform_token(installation, server).await;
    let limit = json!({"planTier": "free", "rateLimitPerMinute": 5});
    let slow = api.tenant(&platform, "measured-slow", limit).await;
    let token = api.token(&slow.admin, "").await;
    until("a rejection", SOON, || async {
        api.get(&token, "/api/v1/agents").await.status == 429
    })
    .await;
}

async fn scaffold(api: &Api, token: &str, agent: &str) {
    let path = format!("/api/v1/sdk/scaffold/{agent}?language=python");
    api.get(token, &path).await.expect(200);
}

/// An event of a kind that nothing follows from, signed as Stripe does.
async fn stripe_event(api: &Api) {
    let now = unix_now();
    let event = json!({
        "id": "evt_measured", "object": "event", "api_version": "2024-06-20",
        "created": now, "livemode": false, "pending_webhooks": 1,
        "type": "customer.created",
        "data": {"object": {"id": "cus_measured", "object": "customer"}},
        "request": {"id": null, "idempotency_key": null},
    });
    let body = event.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(STRIPE_SECRET.as_bytes()).unwrap();
    mac.update(format!("{now}.{body}").as_bytes());
    let signature: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let request = api
        .request(Method::POST, "/api/v1/billing/webhook")
        .header("Stripe-Signature", format!("t={now},v1={signature}"))
        .header(CONTENT_TYPE, "application/json")
        .body(body);
    api.send(request).await.unwrap().expect(200);
}
