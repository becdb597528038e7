//! Signing keys: rotation without a failed request, an exposed key, imported
//! keys, both algorithms.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use agentidp_testkit::requirements;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::harness::scripts::Dialogue;
use crate::harness::{
    Api, Client, HEAVY, ISSUER, Installation, Server, finish, refused_within_a_second, tenant,
    text, until,
};

/// Scopes that bring an ID token along.
const SCOPES: &str = "openid agents:read";

#[tokio::test(flavor = "multi_thread")]
async fn rotate_under_load_on_the_embedded_store() {
    if let Some(mut installation) = Installation::embedded() {
        installation.unset("JWT_ALGORITHM");
        rotation(&installation, "RS256").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate_under_load_on_postgres() {
    if let Some(installation) = Installation::scaled() {
        rotation(&installation, "ES256").await;
    }
}

async fn rotation(installation: &Installation, algorithm: &str) {
    let _turn = HEAVY.acquire().await;
    let server = installation.start();
    let clients = clients(installation, &server).await;
    let verifier = Verifier::start(installation, &server.api);
    let issued = tokens(&server.api, &clients[0]).await;
    let before = text(&issued, "access_token");
    let (old, published) = (header(&before)["kid"].clone(), kids(&server.api).await);
    assert_eq!(header(&before)["alg"], algorithm);
    assert!(published.contains(old.as_str().unwrap()));

    let load = Checked::start(&server.api, &clients, &verifier);
    load.wait_for(20).await;
    installation.succeed(&["rotate-signing-key"]);
    load.wait_for_another_key(&server.api, &clients[0], &old)
        .await;
    load.wait_for(20).await;
    load.finish().await;

    verifier.accepts(&clients[0], &issued).await;
    let after = server.api.token(&clients[0], "").await;
    let new = header(&after)["kid"].clone();
    let now_published = kids(&server.api).await;
    for kid in [&old, &new] {
        assert!(
            now_published.contains(kid.as_str().unwrap()),
            "{kid}: {now_published:?}"
        );
    }
    assert!(
        published.contains(new.as_str().unwrap()),
        "the next key is published beforehand"
    );
    assert!(server.api.accepts(&before).await && server.api.accepts(&after).await);

    let _ = server.stop();
    let server = installation.start();
    assert_eq!(
        kids(&server.api).await,
        now_published,
        "a restart keeps the keys"
    );
    assert!(server.api.accepts(&before).await && server.api.accepts(&after).await);
    let again = server.api.token(&clients[0], "").await;
    assert_eq!(header(&again)["kid"], new);
    exposed(installation, &server.api, &clients[0], &[before, after]).await;
    // One that knows nothing yet.
    let verifier = Verifier::start(installation, &server.api);
    verifier.refuses(&clients[0], &issued).await;
    let issued = tokens(&server.api, &clients[0]).await;
    verifier.accepts(&clients[0], &issued).await;
}

async fn clients(installation: &Installation, server: &Server) -> Vec<Client> {
    let (_, admin) = tenant(installation, server, "keys").await;
    let mut clients = Vec::new();
    for number in 0..4 {
        let (email, scopes) = (format!("{number}@keys.example"), ["openid", "agents:read"]);
        let more = json!({"allowedScopes": scopes});
        let agent = server.api.agent_with(&admin, &email, more).await;
        clients.push(agent.client);
    }
    clients
}

/// An access token and an ID token.
async fn tokens(api: &Api, client: &Client) -> Value {
    api.try_token(client, SCOPES).await.unwrap().expect(200)
}

/// A third party that verifies tokens with the published keys; without
/// Node.js, which is reported, it has no opinion.
#[derive(Clone)]
struct Verifier(Option<Arc<Mutex<Dialogue>>>);

impl Verifier {
    fn start(installation: &Installation, api: &Api) -> Self {
        let node = requirements::require(requirements::NODE);
        Self(node.map(|node| {
            let arguments = [api.base.as_str(), ISSUER];
            let dialogue = Dialogue::start(&node, "rotation.mjs", &arguments, installation);
            Arc::new(Mutex::new(dialogue))
        }))
    }

    async fn accepts(&self, client: &Client, issued: &Value) {
        if let Some(answer) = self.ask(client, issued).await {
            let kid = &header(issued["access_token"].as_str().unwrap())["kid"];
            assert_eq!(&answer["kid"], kid, "{answer}");
        }
    }

    async fn refuses(&self, client: &Client, issued: &Value) {
        if let Some(answer) = self.ask(client, issued).await {
            let error = answer["error"].as_str().unwrap_or_default();
            assert!(error.contains("JWKSNoMatchingKey"), "{answer}");
        }
    }

    async fn ask(&self, client: &Client, issued: &Value) -> Option<Value> {
        let question = json!({
            "client": client.id,
            "accessToken": issued["access_token"],
            "idToken": issued["id_token"],
        });
        let dialogue = self.0.as_ref()?;
        Some(dialogue.lock().await.ask(&question).await)
    }
}

/// `--immediate` ends every older key and the tokens it signed.
async fn exposed(installation: &Installation, api: &Api, client: &Client, tokens: &[String]) {
    let older = kids(api).await;
    installation.succeed(&["rotate-signing-key", "--immediate"]);
    for token in tokens {
        let after = refused_within_a_second(api, token).await;
        println!("token of an ended key refused after {after:?}");
    }
    let path = format!("/api/v1/agents/{}", client.id);
    let refused = api.get(&tokens[0], &path).await;
    assert_eq!(refused.json()["message"], "Token signature is invalid.");
    let fresh = api.token(client, "").await;
    assert!(api.accepts(&fresh).await);
    assert!(
        kids(api).await.is_disjoint(&older),
        "older keys have left the set"
    );
}

/// Clients that get tokens and use them at once. Every request must succeed.
struct Checked {
    stop: Arc<AtomicBool>,
    rounds: Arc<AtomicU64>,
    clients: Vec<tokio::task::JoinHandle<()>>,
}

impl Checked {
    fn start(api: &Api, clients: &[Client], verifier: &Verifier) -> Self {
        let (stop, rounds) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let clients = clients.iter().map(|client| {
            let (api, client, verifier) = (api.clone(), client.clone(), verifier.clone());
            let (stop, rounds) = (Arc::clone(&stop), Arc::clone(&rounds));
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let issued = tokens(&api, &client).await;
                    let token = text(&issued, "access_token");
                    assert!(
                        api.accepts(&token).await,
                        "a fresh token: {}",
                        header(&token)
                    );
                    verifier.accepts(&client, &issued).await;
                    rounds.fetch_add(1, Ordering::SeqCst);
                }
            })
        });
        Self {
            clients: clients.collect(),
            stop,
            rounds,
        }
    }

    async fn wait_for(&self, more: u64) {
        let target = self.rounds.load(Ordering::SeqCst) + more;
        let limit = Duration::from_secs(60);
        until("rounds", limit, || async {
            self.rounds.load(Ordering::SeqCst) >= target
        })
        .await;
    }

    async fn wait_for_another_key(&self, api: &Api, client: &Client, old: &Value) {
        until("the new key signs", Duration::from_secs(5), || async {
            header(&api.token(client, "").await)["kid"] != *old
        })
        .await;
    }

    async fn finish(self) {
        self.stop.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.await.unwrap();
        }
    }
}

/// Header of a token.
pub fn header(token: &str) -> Value {
    let part = token.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

async fn kids(api: &Api) -> BTreeSet<String> {
    let set = api.open("/.well-known/jwks.json").await.expect(200);
    let keys = set["keys"].as_array().unwrap();
    assert!(
        keys.iter().all(|key| key.get("d").is_none()),
        "a private key is published"
    );
    keys.iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_key_signs_and_is_imported_once() {
    let Some(mut installation) = Installation::embedded() else {
        return;
    };
    for (algorithm, arguments) in [
        ("RS256", ["RSA", "rsa_keygen_bits:2048"]),
        ("ES256", ["EC", "ec_paramgen_curve:P-256"]),
    ] {
        let Some(pem) = generated(&arguments) else {
            return;
        };
        // One line, as in an environment file.
        installation.set("JWT_PRIVATE_KEY", &pem.replace('\n', "\\n"));
        installation.set("JWT_ALGORITHM", algorithm);
        let server = installation.start();
        let token = server.api.token(&installation.admin(), "").await;
        assert_eq!(header(&token)["alg"], algorithm);
        let kid = header(&token)["kid"].as_str().unwrap().to_owned();
        assert!(kids(&server.api).await.contains(&kid));
        let _ = server.stop();
        let server = installation.start();
        assert!(server.api.accepts(&token).await);
        let again = server.api.token(&installation.admin(), "").await;
        assert_eq!(header(&again)["kid"], kid.as_str());
        installation.succeed(&["rotate-signing-key"]);
        let _ = server.stop();
        let server = installation.start();
        let rotated = server.api.token(&installation.admin(), "").await;
        assert_ne!(
            header(&rotated)["kid"],
            kid.as_str(),
            "a restart must not bring it back"
        );
        assert!(server.api.accepts(&token).await);
        let _ = server.stop();
    }
}

/// A new private key from the `openssl` program.
fn generated(arguments: &[&str; 2]) -> Option<String> {
    let mut command = Command::new("openssl");
    command.args([
        "genpkey",
        "-algorithm",
        arguments[0],
        "-pkeyopt",
        arguments[1],
    ]);
    if Command::new("openssl").arg("version").output().is_err() {
        requirements::skip("the program openssl is not installed");
        return None;
    }
    let ended = finish(&mut command);
    assert!(ended.stdout.contains("PRIVATE KEY"), "{}", ended.stderr);
    Some(ended.stdout)
}
