//! One thing of every kind, for operations to be about.

use agentidp_testkit::issuer::{FakeIssuer, IssuerKey};
use serde_json::{Value, json};

use super::{Api, Identity, OPERATOR_SCOPES, TENANT_SCOPES};

/// Things of one organization that operations are about.
pub struct Target {
    /// In the marketplace.
    pub agent: Identity,
    /// Another agent of the organization, its administrator.
    pub colleague: Identity,
    pub credential: String,
    pub event: String,
    pub token: String,
    /// A trust policy for the agent.
    pub policy: String,
    /// A delegation from the agent to its colleague.
    pub chain: String,
    /// What the colleague shows.
    pub delegation: String,
    /// A webhook subscription.
    pub webhook: String,
    pub partner: Partner,
}

/// A registered partner, which belongs to the platform.
pub struct Partner {
    pub id: String,
    issuer: String,
    server: FakeIssuer,
    expires_at: i64,
}

impl Partner {
    /// The body that registered it.
    pub fn registration(&self) -> Value {
        registration(&self.issuer, &self.server)
    }

    /// A token that it issued.
    pub fn token(&self) -> String {
        let claims = json!({"iss": self.issuer, "sub": "robot", "exp": self.expires_at});
        self.server.sign(&claims).unwrap()
    }
}

fn registration(issuer: &str, server: &FakeIssuer) -> Value {
    json!({"name": "Partner", "issuer": issuer, "jwks_uri": server.jwks_url()})
}

/// Things of a new organization.
pub async fn target(api: &Api, slug: &str) -> Target {
    let admin = api.organization(slug).await;
    let agent = api.silent_agent(&admin, "target", &["agents:read"]).await;
    publish(api, &admin, &agent).await;
    let (credential, _) = api.credential(&agent).await;
    let event = api.events(&admin, "agent.created").await.pop().unwrap();
    let delegation = delegation(api, &agent, &admin).await;
    Target {
        token: api.token(&agent, "agents:read"),
        event: text(&event["eventId"]),
        policy: policy(api, &admin, &agent).await,
        chain: text(&delegation["id"]),
        delegation: text(&delegation["delegationToken"]),
        webhook: webhook(api, &admin).await,
        partner: partner(api, slug).await,
        credential,
        agent,
        colleague: admin,
    }
}

async fn publish(api: &Api, by: &Identity, agent: &Identity) {
    let token = api.token(by, TENANT_SCOPES);
    let call = api.patch(&agent.path()).bearer(&token);
    call.json(&json!({"isPublic": true}))
        .send()
        .await
        .expect(200);
}

async fn policy(api: &Api, by: &Identity, agent: &Identity) -> String {
    let body = json!({"provider": "github", "repository": "acme/agent", "agentId": agent.agent});
    let token = api.token(by, TENANT_SCOPES);
    let call = api.post("/api/v1/oidc/trust-policies").bearer(&token);
    text(&call.json(&body).send().await.expect(201)["id"])
}

/// A good webhook subscription.
pub fn hook() -> Value {
    json!({
        "name": "Hook",
        "url": "https://hooks.acme.example/agentidp",
        "events": ["agent.created"],
    })
}

async fn webhook(api: &Api, by: &Identity) -> String {
    let token = api.token(by, TENANT_SCOPES);
    let call = api.post("/api/v1/webhooks").bearer(&token);
    text(&call.json(&hook()).send().await.expect(201)["id"])
}

async fn delegation(api: &Api, from: &Identity, to: &Identity) -> Value {
    let body = json!({"delegateeAgentId": to.agent, "scopes": ["agents:read"], "ttlSeconds": 3600});
    let token = api.token(from, "agents:read");
    let call = api.post("/api/v1/oauth2/token/delegate").bearer(&token);
    call.json(&body).send().await.expect(201)
}

async fn partner(api: &Api, slug: &str) -> Partner {
    let server = FakeIssuer::with(IssuerKey::ec("key-1").unwrap()).unwrap();
    let issuer = format!("https://{slug}.partner.example");
    let token = api.token(&api.operator, OPERATOR_SCOPES);
    let call = api.post("/api/v1/federation/trust").bearer(&token);
    let created = call.json(&registration(&issuer, &server)).send().await;
    Partner {
        id: text(&created.expect(201)["id"]),
        issuer,
        server,
        expires_at: api.now() + 3600,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
