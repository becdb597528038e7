//! Without a key there is no agent, and no trace of one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use agentidp_domain::agent::AgentService;
use agentidp_domain::credential::{SecretVerifier, VerifierSettings};
use agentidp_domain::did::DidService;
use agentidp_domain::organization::OrganizationService;
use agentidp_domain::random::{Random, SystemRandom};
use agentidp_domain::token::{Algorithm, KeyError, KeyFactory, NewKey};
use agentidp_domain::vault::SecretKeeper;
use agentidp_http::AppState;
use agentidp_jose::Factory;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{addresses, document, record};
use crate::support::texts::INTERNAL;
use crate::support::{Answer, Api, DOCUMENTS, OPERATOR_SCOPES, Setup, identities, registration};

/// Makes keys, or fails.
#[derive(Default)]
struct Moody {
    fails: AtomicBool,
}

impl Moody {
    fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }
}

impl KeyFactory for Moody {
    fn generate(&self, algorithm: Algorithm) -> Result<NewKey, KeyError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(KeyError("/var/lib/secret: cause".to_owned()));
        }
        Factory.generate(algorithm)
    }

    fn import(&self, private: &SecretString, public: Option<&str>) -> Result<NewKey, KeyError> {
        Factory.import(private, public)
    }
}

/// Draws the same id for the key of every registration: the second draw, after
/// that of the agent.
#[derive(Default)]
struct SameKeys(AtomicUsize);

impl SameKeys {
    fn begin(&self) {
        self.0.store(0, Ordering::SeqCst);
    }
}

impl Random for SameKeys {
    fn fill(&self, buffer: &mut [u8]) {
        if self.0.fetch_add(1, Ordering::SeqCst) == 1 {
            buffer.fill(7);
        } else {
            SystemRandom.fill(buffer);
        }
    }
}

/// All use cases that make identities over a factory.
fn depend_on(state: &mut AppState, factory: &Arc<Moody>) {
    let identities = identities(factory.clone());
    let secrets = SecretVerifier::new(
        VerifierSettings::default(),
        SecretKeeper::in_rows(),
        &SystemRandom,
    );
    let (ports, ring) = (state.ports.clone(), Arc::clone(&state.ring));
    state.agents = AgentService::new(ports.clone(), identities.clone(), true);
    state.organizations =
        OrganizationService::new(ports.clone(), identities.clone(), Arc::new(secrets));
    state.did = DidService::new(ports, identities, ring, DOCUMENTS);
}

async fn start() -> (Api, Arc<Moody>) {
    let factory = Arc::new(Moody::default());
    let api = Setup::default()
        .start_with(|state| depend_on(state, &factory))
        .await;
    (api, factory)
}

async fn post(api: &Api, path: &str, body: &Value) -> Answer {
    let token = api.token(&api.operator, OPERATOR_SCOPES);
    api.post(path).bearer(&token).json(body).send().await
}

#[track_caller]
fn failed(answer: &Answer) {
    let details = answer.refused(500, "INTERNAL_SERVER_ERROR", INTERNAL);
    assert_eq!(details, Value::Null);
}

async fn agents(api: &Api) -> Value {
    let token = api.token(&api.operator, "agents:read");
    let page = api.get("/api/v1/agents").bearer(&token).send().await;
    page.expect(200)["total"].clone()
}

#[actix_web::test]
async fn a_registration_fails_as_a_whole() {
    let (api, factory) = start().await;
    let (agents_before, events) = (agents(&api).await, api.event_count(&api.operator).await);
    let body = registration("a@system.example");
    factory.fail(true);
    failed(&post(&api, "/api/v1/agents", &body).await);
    assert_eq!(agents(&api).await, agents_before);
    assert_eq!(api.event_count(&api.operator).await, events);
    // Not even the address is taken.
    factory.fail(false);
    post(&api, "/api/v1/agents", &body).await.expect(201);
}

#[actix_web::test]
async fn so_does_a_new_organization_with_an_administrator() {
    let (api, factory) = start().await;
    let events = api.event_count(&api.operator).await;
    let body = json!({"name": "Acme", "slug": "acme", "adminEmail": "admin@acme.example"});
    factory.fail(true);
    failed(&post(&api, "/api/v1/organizations", &body).await);
    assert_eq!(api.event_count(&api.operator).await, events);
    factory.fail(false);
    post(&api, "/api/v1/organizations", &body).await.expect(201);
}

#[actix_web::test]
async fn a_key_that_cannot_be_stored_stops_the_registration_too() {
    let setup = Setup::default();
    let random = Arc::new(SameKeys::default());
    let api = setup
        .start_with(|state| {
            let identities = identities(Arc::new(Factory));
            let mut ports = state.ports.clone();
            ports.random = random.clone();
            state.agents = AgentService::new(ports, identities, true);
        })
        .await;
    let registered = post(&api, "/api/v1/agents", &registration("a@system.example")).await;
    registered.expect(201);
    let (agents_before, events) = (agents(&api).await, api.event_count(&api.operator).await);
    // The id of the key is taken; agent, count and event go with it.
    for _ in 0..2 {
        let body = registration("b@system.example");
        random.begin();
        failed(&post(&api, "/api/v1/agents", &body).await);
    }
    assert_eq!(agents(&api).await, agents_before);
    assert_eq!(api.event_count(&api.operator).await, events);
}

#[actix_web::test]
async fn a_failed_registration_takes_no_place_in_the_plan() {
    let (api, factory) = start().await;
    let acme = api.organization_with("acme", json!({"maxAgents": 2})).await;
    let token = api.token(&acme, "agents:write");
    let register = async || {
        let body = registration("a@acme.example");
        let call = api.post("/api/v1/agents").bearer(&token).json(&body);
        call.send().await
    };
    factory.fail(true);
    for _ in 0..3 {
        failed(&register().await);
    }
    factory.fail(false);
    register().await.expect(201);
}

#[actix_web::test]
async fn an_old_agent_stays_without_identifier_until_a_key_can_be_made() {
    let (api, factory) = start().await;
    let nameless = api.nameless_agent(&api.operator).await;
    factory.fail(true);
    for address in addresses(&nameless.agent) {
        failed(&api.get(&address).send().await);
    }
    assert_eq!(record(&api, &nameless).await.get("did"), None);
    factory.fail(false);
    let document = document(&api, &nameless).await;
    assert_eq!(record(&api, &nameless).await["did"], document["id"]);
}
