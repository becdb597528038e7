//! Delegation between agents.

mod counting;
mod create;
mod create_fields;
mod delegatee;
mod durable;
mod events;
mod forged;
mod limits;
mod revoke;
mod scopes;
mod switch;
mod tenants;
mod verify;
mod verify_request;

use serde_json::{Value, json};

use crate::support::{Answer, Api, Identity};

const DELEGATE: &str = "/api/v1/oauth2/token/delegate";
const VERIFY: &str = "/api/v1/oauth2/token/verify-delegation";

const NOT_FOUND: &str = "Delegation chain with the specified ID was not found.";
const TOKEN_FIELD: &str = "The 'delegationToken' field is required.";

/// Two agents of an organization.
struct Pair {
    admin: Identity,
    delegator: Identity,
    delegatee: Identity,
}

impl Pair {
    async fn new(api: &Api, slug: &str) -> Self {
        let admin = api.organization(slug).await;
        let grant = ["agents:read", "agents:write", "audit:read"];
        Self {
            delegator: api.silent_agent(&admin, "delegator", &grant).await,
            delegatee: api.silent_agent(&admin, "delegatee", &["openid"]).await,
            admin,
        }
    }

    /// A delegation of `agents:read` for an hour.
    async fn chain(&self, api: &Api) -> Value {
        let body = wish(&self.delegatee);
        delegate(api, &self.delegator, "agents:read", &body)
            .await
            .expect(201)
    }
}

/// A wish for `agents:read` for an hour.
fn wish(delegatee: &Identity) -> Value {
    json!({
        "delegateeAgentId": delegatee.agent,
        "scopes": ["agents:read"],
        "ttlSeconds": 3600,
    })
}

async fn delegate(api: &Api, by: &Identity, scope: &str, body: &Value) -> Answer {
    let token = api.token(by, scope);
    api.post(DELEGATE).bearer(&token).json(body).send().await
}

/// Has a delegation verified.
async fn verify(api: &Api, by: &Identity, token: &str) -> Value {
    let body = json!({ "delegationToken": token });
    verify_with(api, by, &body).await.expect(200)
}

async fn verify_with(api: &Api, by: &Identity, body: &Value) -> Answer {
    let token = api.token(by, "openid");
    api.post(VERIFY).bearer(&token).json(body).send().await
}

async fn revoke(api: &Api, by: &Identity, scope: &str, id: &str) -> Answer {
    let token = api.token(by, scope);
    let path = format!("{DELEGATE}/{id}");
    api.delete(&path).bearer(&token).send().await
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}

/// What a verification says of a chain.
fn verdict(valid: bool, chain: &Value) -> Value {
    json!({
        "valid": valid,
        "chainId": chain["id"],
        "delegatorAgentId": chain["delegatorAgentId"],
        "delegateeAgentId": chain["delegateeAgentId"],
        "scopes": chain["scopes"],
        "issuedAt": chain["issuedAt"],
        "expiresAt": chain["expiresAt"],
        "revokedAt": chain["revokedAt"],
    })
}

/// What a verification says of a token that is not genuine.
fn nothing() -> Value {
    json!({
        "valid": false,
        "chainId": null,
        "delegatorAgentId": null,
        "delegateeAgentId": null,
        "scopes": [],
        "issuedAt": null,
        "expiresAt": null,
        "revokedAt": null,
    })
}

#[track_caller]
fn not_found(answer: &Answer) {
    let details = answer.refused(404, "DELEGATION_NOT_FOUND", NOT_FOUND);
    assert_eq!(details, Value::Null);
}
