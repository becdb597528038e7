//! Federation with partner identity providers.

mod composed;
mod durable;
mod events;
mod keys;
mod manage;
mod register;
mod registration_fields;
mod tenants;
mod unreachable;
mod update;
mod verify;
mod verify_claims;
mod verify_partner;
mod verify_request;
mod verify_signature;

use std::sync::LazyLock;

use agentidp_testkit::issuer::{FakeIssuer, IssuerKey};
use serde_json::{Value, json};

use crate::support::{Answer, Api, Identity};

const TRUST: &str = "/api/v1/federation/trust";
const PARTNERS: &str = "/api/v1/federation/partners";
const VERIFY: &str = "/api/v1/federation/verify";

const ISSUER: &str = "https://idp.partner.example";

const TOKEN_INVALID: &str = "The federated token is invalid.";
const TOKEN_EXPIRED: &str = "The federated token has expired.";
const OTHER_ISSUER: &str = "The token's issuer does not match the expected issuer.";
const UNKNOWN_ISSUER: &str = "No active federation partner found for this token issuer.";
const SUSPENDED: &str = "The federation partner for this token issuer is suspended.";
const ORGANIZATION: &str =
    "The token's organization_id is not in the partner's allowed_organizations list.";
const UNREACHABLE: &str = "The partner JWKS endpoint is unreachable. Verify the URL and try again.";
const NOT_FOUND: &str = "Federation partner with the specified ID was not found.";

/// RSA keys take a while to make; one serves all tests that need any.
static RSA: LazyLock<IssuerKey> = LazyLock::new(|| IssuerKey::rsa("key-1").unwrap());

/// A partner's identity provider with an RSA key.
fn partner() -> FakeIssuer {
    FakeIssuer::with(RSA.clone()).unwrap()
}

/// `value` with the members of `changes`; null removes a member.
fn with(mut value: Value, changes: &Value) -> Value {
    let members = value.as_object_mut().unwrap();
    for (name, change) in changes.as_object().unwrap() {
        if change.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), change.clone());
        }
    }
    value
}

/// A registration of `idp` as [`ISSUER`].
fn registration(idp: &FakeIssuer) -> Value {
    registration_as(idp, ISSUER)
}

fn registration_as(idp: &FakeIssuer, issuer: &str) -> Value {
    json!({"name": "Partner Inc.", "issuer": issuer, "jwks_uri": idp.jwks_url()})
}

/// Registers a partner as the platform's administrator.
async fn register(api: &Api, body: &Value) -> Answer {
    let token = api.token(&api.operator, "admin:orgs");
    api.post(TRUST).bearer(&token).json(body).send().await
}

/// The path of a partner that was registered.
async fn registered(api: &Api, body: &Value) -> String {
    let partner = register(api, body).await.expect(201);
    format!("{PARTNERS}/{}", partner["id"].as_str().unwrap())
}

/// All partners.
async fn listed(api: &Api) -> Vec<Value> {
    let token = api.token(&api.operator, "admin:orgs");
    let list = api.get(PARTNERS).bearer(&token).send().await.expect(200);
    list.as_array().unwrap().clone()
}

async fn get(api: &Api, path: &str) -> Answer {
    let token = api.token(&api.operator, "admin:orgs");
    api.get(path).bearer(&token).send().await
}

async fn patch(api: &Api, path: &str, body: &Value) -> Answer {
    let token = api.token(&api.operator, "admin:orgs");
    api.patch(path).bearer(&token).json(body).send().await
}

async fn delete(api: &Api, path: &str) -> Answer {
    let token = api.token(&api.operator, "admin:orgs");
    api.delete(path).bearer(&token).send().await
}

/// Claims of a token of [`ISSUER`], good for five minutes.
fn claims(api: &Api) -> Value {
    json!({
        "iss": ISSUER,
        "sub": "agent-7@partner.example",
        "iat": api.now(),
        "exp": api.now() + 300,
    })
}

/// Has a token verified by the platform's administrator.
async fn verify(api: &Api, token: &str) -> Answer {
    verify_by(api, &api.operator, &json!({ "token": token })).await
}

async fn verify_by(api: &Api, by: &Identity, body: &Value) -> Answer {
    let token = api.token(by, "agents:read");
    api.post(VERIFY).bearer(&token).json(body).send().await
}

/// Has a token of `idp` verified, with these changes of the claims.
async fn verify_with(api: &Api, idp: &FakeIssuer, changes: &Value) -> Answer {
    let token = idp.sign(&with(claims(api), changes)).unwrap();
    verify(api, &token).await
}

/// 422 without details.
#[track_caller]
fn unprocessable(answer: &Answer, code: &str, message: &str) {
    assert_eq!(answer.refused(422, code, message), Value::Null);
    assert_eq!(answer.header("www-authenticate"), None);
}

#[track_caller]
fn invalid(answer: &Answer) {
    unprocessable(answer, "FEDERATION_TOKEN_INVALID", TOKEN_INVALID);
}

#[track_caller]
fn unknown_issuer(answer: &Answer) {
    unprocessable(answer, "UNKNOWN_FEDERATION_ISSUER", UNKNOWN_ISSUER);
}

#[track_caller]
fn unreachable(answer: &Answer) {
    unprocessable(answer, "JWKS_UNREACHABLE", UNREACHABLE);
}

#[track_caller]
fn not_found(answer: &Answer) {
    let details = answer.refused(404, "FEDERATION_PARTNER_NOT_FOUND", NOT_FOUND);
    assert_eq!(details, Value::Null);
}
