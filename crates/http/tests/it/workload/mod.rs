//! Workload identity: trust policies, and the exchange of workflows' tokens.

mod bootstrap;
mod claims;
mod composed;
mod counting;
mod durable;
mod events;
mod exchange;
mod forged;
mod keys;
mod limits;
mod matching;
mod policies;
mod policy_access;
mod policy_fields;
mod refusals;
mod repository_ids;
mod request;
mod tenants;

use std::sync::LazyLock;

use agentidp_domain::workload::WorkloadExchange;
use agentidp_http::AppState;
use agentidp_testkit::issuer::{FakeIssuer, IssuerKey};
use agentidp_testkit::world::ISSUER;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Answer, Api, Identity, Setup, TENANT_SCOPES};

const POLICIES: &str = "/api/v1/oidc/trust-policies";
const EXCHANGE: &str = "/api/v1/oidc/token";

const REPOSITORY: &str = "acme/app";
const MAIN: &str = "refs/heads/main";

const INVALID_TOKEN: &str = "The provided GitHub OIDC token signature is invalid.";
const EXPIRED_TOKEN: &str = "The provided GitHub OIDC token has expired.";
const NO_POLICY: &str = "No trust policy matches the provided OIDC token claims.";
const OTHER_BRANCH: &str = "The token's branch does not match the trust policy constraint.";
const SUSPENDED: &str = "The agent linked to this trust policy is currently suspended.";
const DECOMMISSIONED: &str = "The agent linked to this trust policy has been decommissioned.";

/// RSA keys take a while to make; the one of the provider serves all tests.
static KEY: LazyLock<IssuerKey> = LazyLock::new(|| IssuerKey::rsa("key-1").unwrap());

/// The API and an issuer in the place of GitHub Actions.
struct Stage {
    api: Api,
    github: FakeIssuer,
}

impl Stage {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings.
    async fn with(change: impl FnOnce(&mut Setup)) -> Self {
        let github = FakeIssuer::with(KEY.clone()).unwrap();
        let mut setup = Setup::github(&github);
        change(&mut setup);
        let api = setup.start().await;
        Self { api, github }
    }

    /// With an exchange that the test puts together, for tokens of an issuer.
    async fn composed(exchange: impl FnOnce(&AppState, String) -> WorkloadExchange) -> Self {
        let github = FakeIssuer::with(KEY.clone()).unwrap();
        let issuer = github.url();
        let api = Setup::github(&github)
            .start_with(|state| state.exchange = exchange(state, issuer))
            .await;
        Self { api, github }
    }

    /// A tenant that owns `acme/app`.
    async fn acme(&self) -> Identity {
        self.api.organization("acme").await
    }

    /// An agent of `by` and a policy for any branch of `acme/app`.
    async fn linked(&self, by: &Identity, name: &str) -> (Identity, Value) {
        let agent = self.api.silent_agent(by, name, &["agents:read"]).await;
        let policy = self.policy(by, &json!({"agentId": agent.agent})).await;
        (agent, policy)
    }

    /// A policy for `acme/app` with these further members.
    async fn policy(&self, by: &Identity, more: &Value) -> Value {
        let body = with(
            json!({"provider": "github", "repository": REPOSITORY}),
            more,
        );
        create(&self.api, by, TENANT_SCOPES, &body)
            .await
            .expect(201)
    }

    /// Claims of a workflow on `main` of `acme/app`.
    fn claims(&self) -> Value {
        self.claims_on(REPOSITORY, MAIN)
    }

    fn claims_on(&self, repository: &str, reference: &str) -> Value {
        self.github
            .github_claims(repository, reference, ISSUER, self.api.now())
    }

    /// A token of a workflow on `main` of `acme/app`.
    fn token(&self) -> String {
        self.github.sign(&self.claims()).unwrap()
    }

    /// Exchanges a token of a workflow on `main` of `acme/app`.
    async fn run(&self, more: &Value) -> Answer {
        self.run_as(&json!({}), more).await
    }

    /// The same with some other claims.
    async fn run_as(&self, claims: &Value, more: &Value) -> Answer {
        let claims = with(self.claims(), claims);
        let token = self.github.sign(&claims).unwrap();
        self.present(&token, more).await
    }

    /// Exchanges a token of a workflow on a branch of `acme/app`.
    async fn run_on(&self, branch: &str, more: &Value) -> Answer {
        let claims = self.claims_on(REPOSITORY, &format!("refs/heads/{branch}"));
        self.run_as(&claims, more).await
    }

    /// Exchanges any token.
    async fn present(&self, token: &str, more: &Value) -> Answer {
        self.send(&with(json!({ "token": token }), more)).await
    }

    async fn send(&self, body: &Value) -> Answer {
        self.api.post(EXCHANGE).json(body).send().await
    }
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

/// Asks for a policy.
async fn create(api: &Api, by: &Identity, scope: &str, body: &Value) -> Answer {
    let token = api.token(by, scope);
    api.post(POLICIES).bearer(&token).json(body).send().await
}

/// All policies that an organization sees.
async fn listed(api: &Api, by: &Identity) -> Vec<Value> {
    let token = api.token(by, "agents:read");
    let list = api.get(POLICIES).bearer(&token).send().await.expect(200);
    list.as_array().unwrap().clone()
}

/// Deletes a policy.
async fn delete(api: &Api, by: &Identity, id: &str) -> Answer {
    let token = api.token(by, "agents:write");
    let path = format!("{POLICIES}/{id}");
    api.delete(&path).bearer(&token).send().await
}

/// Header and payload of an access token.
fn parts(answer: &Value) -> (Value, Value) {
    let token = answer["access_token"].as_str().unwrap();
    let segments: Vec<&str> = token.split('.').collect();
    let read = |segment: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(segment).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    assert_eq!(segments.len(), 3);
    (read(segments[0]), read(segments[1]))
}

/// Whose token an answer is.
#[track_caller]
fn subject(answer: &Answer) -> String {
    let (_, claims) = parts(&answer.expect(200));
    claims["sub"].as_str().unwrap().to_owned()
}

/// The token is not believed.
#[track_caller]
fn not_believed(answer: &Answer) {
    unauthorized(answer, "OIDC_TOKEN_INVALID", INVALID_TOKEN);
}

#[track_caller]
fn unauthorized(answer: &Answer, code: &str, message: &str) {
    assert_eq!(answer.refused(401, code, message), Value::Null);
    assert_eq!(
        answer.header("www-authenticate"),
        Some("Bearer error=\"invalid_token\"")
    );
}

/// No policy admits the workflow; nothing more is told.
#[track_caller]
fn not_admitted(answer: &Answer) {
    forbidden(answer, "TRUST_POLICY_NOT_FOUND", NO_POLICY);
}

/// 403 without details and challenge.
#[track_caller]
fn forbidden(answer: &Answer, code: &str, message: &str) {
    assert_eq!(answer.refused(403, code, message), Value::Null);
    assert_eq!(answer.header("www-authenticate"), None);
}
