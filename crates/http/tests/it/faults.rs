//! Faults of the store: what the client is told, and what it is not.

use std::sync::Arc;

use agentidp_domain::agent::AgentService;
use agentidp_domain::cache::NoCache;
use agentidp_domain::compliance::ComplianceService;
use agentidp_domain::credential::{SecretVerifier, VerifierSettings};
use agentidp_domain::did::DidService;
use agentidp_domain::error::StoreError;
use agentidp_domain::limit::RateLimits;
use agentidp_domain::marketplace::MarketplaceService;
use agentidp_domain::random::SystemRandom;
use agentidp_domain::scaffold::ScaffoldService;
use agentidp_domain::token::{
    Authenticator, ClientAuthenticator, ClientCache, Freshness, Issuer, Journal, JournalSettings,
    Minter, RevocationView, TokenService, TokenServiceParts,
};
use agentidp_domain::vault::SecretKeeper;
use agentidp_http::AppState;
use agentidp_jose::Factory;
use agentidp_testkit::world::ISSUER;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::texts::{INTERNAL, UNAVAILABLE};
use crate::support::{Answer, Api, Broken, DOCUMENTS, Identity, Setup, identities};

type Failure = fn() -> StoreError;

fn away() -> StoreError {
    StoreError::Unavailable("no route to db.internal:5432".to_owned())
}

fn failing() -> StoreError {
    StoreError::Backend("SELECT secret_hash FROM credentials: /var/lib/x".to_owned())
}

/// Nothing of the cause, neither in the body nor in a header.
#[track_caller]
fn silent(answer: &Answer) {
    let text = format!(
        "{:?}{}",
        answer.headers,
        String::from_utf8_lossy(&answer.body)
    );
    for word in [
        "db.internal",
        "SELECT",
        "/var/lib",
        "secret_hash",
        "panicked",
        ".rs:",
    ] {
        assert!(!text.contains(word), "{text}");
    }
}

#[track_caller]
fn unavailable(answer: &Answer) {
    assert_eq!(
        answer.refused(503, "SERVICE_UNAVAILABLE", UNAVAILABLE),
        Value::Null
    );
    assert!(answer.number("retry-after") >= 1);
    silent(answer);
}

fn break_agents(state: &mut AppState, failure: Failure) {
    let ports = Broken::ports(&state.ports, failure);
    let identities = identities(Arc::new(Factory));
    let ring = Arc::clone(&state.ring);
    state.agents = AgentService::new(ports.clone(), identities.clone(), true);
    state.marketplace = MarketplaceService::new(ports.clone(), identities.clone());
    let (cache, results) = (Arc::new(NoCache), Arc::default());
    state.compliance = ComplianceService::new(ports.clone(), identities.clone(), cache, results);
    let (journal, _) = Journal::start(ports.clone(), JournalSettings::default());
    state.scaffolds = ScaffoldService::new(ports.clone(), journal, "x");
    state.did = DidService::new(ports, identities, ring, DOCUMENTS);
}

/// Everything that is read of an agent.
fn paths(agent: &Identity) -> Vec<String> {
    let mut paths: Vec<String> = ["", "/did", "/did/card", "/did/resolve"]
        .iter()
        .map(|rest| format!("{}{rest}", agent.path()))
        .collect();
    paths.push(format!("/agents/{}/did.json", agent.agent));
    paths.push(format!("/api/v1/sdk/scaffold/{}", agent.agent));
    let marketplace = "/api/v1/marketplace/agents";
    paths.push(format!("{marketplace}/{}", agent.agent));
    let compliance = ["agent-cards", "report"];
    paths.extend(compliance.map(|name| format!("/api/v1/compliance/{name}")));
    paths.extend(["/agent-info", "/api/v1/agents", marketplace].map(str::to_owned));
    paths
}

/// Client authentication over a store that fails.
fn break_clients(state: &mut AppState, failure: Failure) {
    let ports = Broken::ports(&state.ports, failure);
    let (journal, _) = Journal::start(ports.clone(), JournalSettings::default());
    let secrets = SecretVerifier::new(
        VerifierSettings::default(),
        SecretKeeper::in_rows(),
        &SystemRandom,
    );
    let cache = ClientCache::new(ports.clone(), Arc::new(Freshness::single()));
    let limits: Arc<RateLimits> = Arc::clone(&state.limits);
    let (cache, secrets) = (Arc::new(cache), Arc::new(secrets));
    state.clients = ClientAuthenticator::new(ports, cache, secrets, limits, journal);
}

/// Authentication that may not trust its memory, over a store that fails.
fn break_authenticator(state: &mut AppState, failure: Failure) {
    state.authenticator = Arc::new(Authenticator::new(
        Broken::ports(&state.ports, failure),
        Arc::clone(&state.ring),
        Arc::new(RevocationView::new()),
        Arc::new(Freshness::shared()),
        Issuer::new(ISSUER),
    ));
}

/// Introspection and revocation that cannot look for new signing keys.
fn break_keys(state: &mut AppState, failure: Failure) {
    let (view, issuer) = (Arc::new(RevocationView::new()), Issuer::new(ISSUER));
    let authenticator = Authenticator::new(
        Broken::ports(&state.ports, failure),
        Arc::clone(&state.ring),
        Arc::clone(&view),
        Arc::new(Freshness::single()),
        issuer.clone(),
    );
    let (journal, _) = Journal::start(state.ports.clone(), JournalSettings::default());
    state.tokens = TokenService::new(TokenServiceParts {
        ports: state.ports.clone(),
        minter: Minter::new(state.ports.clone(), Arc::clone(&state.ring), view, issuer),
        authenticator: Arc::new(authenticator),
        clients: state.clients.clone(),
        journal,
    });
}

#[actix_web::test]
async fn an_unexpected_fault_is_500_without_internals() {
    let api = Setup::default()
        .start_with(|state| break_agents(state, failing))
        .await;
    let operator = api.operator.clone();
    let token = api.token(&operator, "agents:read audit:read");
    for path in paths(&operator) {
        let answer = api.get(&path).bearer(&token).send().await;
        assert_eq!(
            answer.refused(500, "INTERNAL_SERVER_ERROR", INTERNAL),
            Value::Null,
            "{path}"
        );
        silent(&answer);
    }
}

#[actix_web::test]
async fn a_store_that_is_away_is_503_with_a_time_to_wait() {
    let api = Setup::default()
        .start_with(|state| break_agents(state, away))
        .await;
    let operator = api.operator.clone();
    let token = api.token(&operator, "agents:read audit:read");
    for path in paths(&operator) {
        unavailable(&api.get(&path).bearer(&token).send().await);
    }
    // The keys of the installation are at hand.
    api.get("/.well-known/did.json").send().await.expect(200);
}

#[actix_web::test]
async fn an_unchecked_token_never_passes() {
    let api = Setup::default()
        .start_with(|state| break_authenticator(state, away))
        .await;
    let operator = api.operator.clone();
    let token = api.token(&operator, "agents:read");
    unavailable(&api.get(&operator.path()).bearer(&token).send().await);
    let form = [("token", token.as_str())];
    for path in ["/api/v1/token/introspect", "/oauth2/revoke"] {
        let answer = api.post(path).bearer(&token).form(&form).send().await;
        answer.oauth_refused(
            503,
            "temporarily_unavailable",
            "SERVICE_UNAVAILABLE",
            UNAVAILABLE,
        );
        silent(&answer);
    }
    // What cryptography alone decides is decided without the store.
    api.get(&operator.path())
        .bearer("garbage")
        .send()
        .await
        .expect(401);
}

/// A token with the name of a key that nobody has seen.
fn of_a_new_key() -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","typ":"at+jwt","kid":"new"}"#);
    format!("{header}.e30.AA")
}

#[actix_web::test]
async fn keys_that_cannot_be_read_make_no_token_inactive() {
    let api = Setup::default()
        .start_with(|state| break_keys(state, away))
        .await;
    let caller = api.token(&api.operator, "tokens:read");
    let token = of_a_new_key();
    let form = [("token", token.as_str())];
    // The first one looks for the key, the others come a moment later.
    for path in [
        "/api/v1/token/introspect",
        "/oauth2/introspect",
        "/oauth2/revoke",
    ] {
        let answer = api.post(path).bearer(&caller).form(&form).send().await;
        answer.oauth_refused(
            503,
            "temporarily_unavailable",
            "SERVICE_UNAVAILABLE",
            UNAVAILABLE,
        );
        silent(&answer);
    }
}

#[actix_web::test]
async fn whoever_asks_while_keys_cannot_be_read_is_charged() {
    let api = Setup::limited()
        .start_with(|state| break_keys(state, away))
        .await;
    let acme = api
        .organization_with("acme", json!({"rateLimitPerMinute": 2}))
        .await;
    let (caller, token) = (api.token(&acme, "tokens:read"), of_a_new_key());
    let form = [("token", token.as_str())];
    for (status, remaining) in [(503, 1), (503, 0), (429, 0)] {
        let path = "/oauth2/introspect";
        let answer = api.post(path).bearer(&caller).form(&form).send().await;
        answer.expect(status);
        assert_eq!(answer.number("x-ratelimit-remaining"), remaining);
    }
}

#[actix_web::test]
async fn a_suspended_client_is_refused_also_while_keys_cannot_be_read() {
    let api = Setup::default()
        .start_with(|state| break_keys(state, away))
        .await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["tokens:read"]).await;
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    let token = of_a_new_key();
    let form = [
        ("token", token.as_str()),
        ("client_id", agent.agent.as_str()),
        ("client_secret", agent.secret.as_str()),
    ];
    let answer = api.post("/oauth2/introspect").form(&form).send().await;
    assert_eq!(answer.expect(403)["error"], "unauthorized_client");
}

#[actix_web::test]
async fn the_oauth_endpoints_say_it_in_both_forms() {
    let cases: [(Failure, u16, &str, &str, &str); 2] = [
        (
            failing,
            500,
            "server_error",
            "INTERNAL_SERVER_ERROR",
            INTERNAL,
        ),
        (
            away,
            503,
            "temporarily_unavailable",
            "SERVICE_UNAVAILABLE",
            UNAVAILABLE,
        ),
    ];
    for (failure, status, error, code, message) in cases {
        let api = Setup::default()
            .start_with(|state| break_clients(state, failure))
            .await;
        let operator = api.operator.clone();
        let form = [("grant_type", "client_credentials"), ("token", "x")];
        for path in [
            "/api/v1/token",
            "/oauth2/token",
            "/oauth2/introspect",
            "/api/v1/token/revoke",
        ] {
            let call = api
                .post(path)
                .basic(&operator.agent, &operator.secret)
                .form(&form);
            let answer = call.send().await;
            answer.oauth_refused(status, error, code, message);
            silent(&answer);
        }
    }
}

#[actix_web::test]
async fn text_that_looks_like_sql_is_text() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "agents:read agents:write audit:read");
    let sql = "x' OR '1'='1'; DROP TABLE agents; --";
    let body = serde_json::json!({"owner": sql});
    let agent = api
        .patch(&acme.path())
        .bearer(&token)
        .json(&body)
        .send()
        .await
        .expect(200);
    assert_eq!(agent["owner"], sql);
    for path in [
        "/api/v1/agents?owner=y%27%20OR%20%271%27=%271",
        "/api/v1/audit?agentId=y%27%20OR%20%271%27=%271",
    ] {
        let page = api.get(path).bearer(&token).send().await.expect(200);
        assert_eq!(page["total"], 0, "{path}");
    }
    let path =
        "/api/v1/agents?owner=x%27%20OR%20%271%27%3D%271%27%3B%20DROP%20TABLE%20agents%3B%20--";
    assert_eq!(
        api.get(path).bearer(&token).send().await.expect(200)["total"],
        1
    );
}
