//! The private half of a key never leaves the server, and is the other half
//! of what is published.

use std::sync::{Arc, Mutex};

use agentidp_domain::agent::AgentService;
use agentidp_domain::foreign::{ForeignTokenError, ForeignTokens as _};
use agentidp_domain::token::{
    Algorithm, KeyError, KeyFactory, KeyRing as _, NewKey, SigningKey, TokenType,
};
use agentidp_jose::{Factory, ForeignVerifier, Ring};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::document;
use crate::support::{
    Answer, Api, OPERATOR_SCOPES, Setup, TENANT_SCOPES, identities, operations, target,
};

/// Members of private and symmetric keys (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Makes keys and keeps a copy.
#[derive(Default)]
struct Indiscreet(Mutex<Vec<NewKey>>);

impl Indiscreet {
    fn keys(&self) -> Vec<NewKey> {
        self.0.lock().unwrap().clone()
    }

    /// A line of each private key, as it stands in its PEM.
    fn lines(&self) -> Vec<String> {
        let keys = self.keys();
        let line = |key: &NewKey| {
            let pem = key.private_pem.expose_secret();
            assert!(pem.contains("PRIVATE KEY"));
            pem.lines().nth(2).unwrap().to_owned()
        };
        keys.iter().map(line).collect()
    }
}

impl KeyFactory for Indiscreet {
    fn generate(&self, algorithm: Algorithm) -> Result<NewKey, KeyError> {
        let key = Factory.generate(algorithm)?;
        self.0.lock().unwrap().push(key.clone());
        Ok(key)
    }

    fn import(&self, private: &SecretString, public: Option<&str>) -> Result<NewKey, KeyError> {
        Factory.import(private, public)
    }
}

async fn start(algorithm: Algorithm) -> (Api, Arc<Indiscreet>) {
    let factory = Arc::new(Indiscreet::default());
    let identities = identities(factory.clone());
    let api = Setup::algorithm(algorithm)
        .start_with(|state| {
            state.agents = AgentService::new(state.ports.clone(), identities, true);
        })
        .await;
    (api, factory)
}

/// No member of a private key, at any depth.
#[track_caller]
fn assert_public(value: &Value, at: &str) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| assert_public(item, at)),
        Value::Object(members) => {
            for (name, member) in members {
                assert!(!PRIVATE.contains(&name.as_str()), "{at}: {name}");
                assert_public(member, at);
            }
        }
        _ => {}
    }
}

#[track_caller]
fn reveals_nothing(answer: &Answer, lines: &[String], at: &str) {
    let text = String::from_utf8_lossy(&answer.body);
    assert!(!text.contains("PRIVATE KEY"), "{at}");
    assert!(!lines.is_empty() && !lines.iter().any(|line| text.contains(line)));
    let media_type = answer.header("content-type").unwrap_or_default();
    if media_type.contains("json") {
        assert_public(&serde_json::from_slice(&answer.body).unwrap(), at);
    } else {
        assert!(!text.starts_with(['{', '[']), "{at}: {text}");
    }
}

#[actix_web::test]
async fn no_answer_of_any_operation_reveals_it() {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        let (api, factory) = start(algorithm).await;
        let target = target(&api, "acme").await;
        // What changes things comes after what shows them.
        let (mut shown, mut operations) = (0, operations());
        operations.sort_by_key(|operation| operation.method != "GET");
        for operation in &operations {
            let tokens = [
                api.token(&target.colleague, TENANT_SCOPES),
                api.token(&target.agent, "agents:read"),
                api.token(&api.operator, OPERATOR_SCOPES),
            ];
            for token in tokens {
                let answer = operation.call(&api, &target).bearer(&token).send().await;
                reveals_nothing(&answer, &factory.lines(), &operation.path);
                shown += usize::from(answer.status < 300 && operation.method == "GET");
            }
        }
        let readable = operations.iter().filter(|o| o.method == "GET").count();
        assert!(shown >= readable, "{shown} of {readable}");
        for of in [&target.colleague, &api.operator] {
            let log = api.get("/api/v1/audit?limit=100").bearer(&api.auditor(of));
            let log = log.send().await;
            assert!(log.expect(200)["total"].as_i64() >= Some(3));
            reveals_nothing(&log, &factory.lines(), "the log");
        }
    }
}

#[actix_web::test]
async fn nor_does_the_answer_that_brings_an_administrator() {
    let (api, factory) = start(Algorithm::Es256).await;
    api.silent_agent(&api.operator, "a", &["agents:read"]).await;
    let body = json!({"name": "Acme", "slug": "acme", "adminEmail": "a@acme.example"});
    let token = api.token(&api.operator, OPERATOR_SCOPES);
    let call = api.post("/api/v1/organizations").bearer(&token).json(&body);
    let created = call.send().await;
    assert!(created.expect(201)["admin"]["clientSecret"].is_string());
    reveals_nothing(&created, &factory.lines(), "the administrator");
}

#[actix_web::test]
async fn the_store_holds_it_encrypted() {
    let (api, factory) = start(Algorithm::Es256).await;
    let agent = api.silent_agent(&api.operator, "a", &["agents:read"]).await;
    let document = document(&api, &agent).await;
    let mut files = Vec::new();
    for entry in api.world.database.parent().unwrap().read_dir().unwrap() {
        files.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let holds = |text: &str| {
        files
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    let jwk = &document["verificationMethod"][0]["publicKeyJwk"];
    assert!(
        holds(jwk["x"].as_str().unwrap()),
        "the public half is there"
    );
    assert!(!holds("PRIVATE KEY"));
    for line in factory.lines() {
        assert!(!holds(&line));
    }
}

/// A token signed with this key alone.
fn signed_with(api: &Api, key: &NewKey) -> String {
    let ring = Ring::new();
    let key = SigningKey {
        key: key.clone(),
        is_current: true,
        created_at: api.world.ports.now(),
        expires_at: None,
    };
    ring.replace(&[key]).unwrap();
    ring.sign(TokenType::IdToken, b"{}").unwrap()
}

/// A key set of the key in the document of an agent, named as in `of`.
fn published(document: &Value, of: &NewKey) -> Value {
    let mut jwk = document["verificationMethod"][0]["publicKeyJwk"].clone();
    jwk["kid"] = json!(of.kid);
    json!({ "keys": [jwk] })
}

#[actix_web::test]
async fn the_published_key_is_its_other_half() {
    let (api, factory) = start(Algorithm::Es256).await;
    let acme = api.organization("acme").await;
    let first = api.silent_agent(&acme, "first", &["agents:read"]).await;
    let second = api.silent_agent(&acme, "second", &["agents:read"]).await;
    let documents = [document(&api, &first).await, document(&api, &second).await];
    let keys = factory.keys();
    assert_eq!(keys.len(), 2);
    for (own, key) in keys.iter().enumerate() {
        let signed = signed_with(&api, key);
        for (index, document) in documents.iter().enumerate() {
            let verdict = ForeignVerifier.verify(&signed, &published(document, key));
            let expected = if index == own {
                Ok(())
            } else {
                Err(ForeignTokenError::BadSignature)
            };
            assert_eq!(verdict, expected);
        }
    }
}
