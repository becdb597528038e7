//! OAuth 2.0 and OpenID Connect clients, JWT verifiers, a DID resolver and an
//! API fuzzer that are not ours.

use agentidp_testkit::requirements;
use agentidp_testkit::services::free_port;
use serde_json::json;

use crate::harness::certificate::Certificate;
use crate::harness::scripts::script;
use crate::harness::{Client, HEAVY, Installation, PLATFORM_SCOPES, Server, tenant};

/// Scopes beyond those of the platform's administrator.
const OTHER_SCOPES: &str = "webhooks:read webhooks:write openid";

/// A server that calls itself what its clients call it, and an agent that may
/// have ID tokens.
struct Subject {
    installation: Installation,
    server: Server,
    client: Client,
    /// `http://localhost:<port>`: the name, not the address.
    issuer: String,
    admin: String,
}

impl Subject {
    async fn start(mut installation: Installation, algorithm: &str) -> Self {
        installation.set("JWT_ALGORITHM", algorithm);
        installation.unset("OIDC_ISSUER");
        let server = installation.start();
        let (_, admin) = tenant(&installation, &server, "interop").await;
        let granted = json!({"allowedScopes": ["openid", "agents:read"]});
        let email = "client@interop.example";
        let agent = server.api.agent_with(&admin, email, granted).await;
        Self {
            issuer: format!("http://localhost:{}", server.port),
            client: agent.client,
            installation,
            server,
            admin,
        }
    }

    /// Runs a script of Python that plays the client.
    fn python(&self, interpreter: &str, name: &str) {
        let issuer = format!("--issuer={}", self.issuer);
        let (base, client) = (self.server.api.base.as_str(), &self.client);
        let arguments = [base, &client.id, &client.secret, &issuer];
        script(interpreter, name, &arguments, &self.installation);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_verifiers_in_python_accept_rs256() {
    in_python("RS256").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_verifiers_in_python_accept_es256() {
    in_python("ES256").await;
}

async fn in_python(algorithm: &str) {
    let (Some(python), Some(installation)) = (
        requirements::require(requirements::PYTHON),
        Installation::embedded(),
    ) else {
        return;
    };
    let subject = Subject::start(installation, algorithm).await;
    subject.python(&python, "grant_and_verify.py");
    subject.python(&python, "openid_tokens.py");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_verifiers_in_javascript_accept_rs256() {
    in_javascript("RS256").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_verifiers_in_javascript_accept_es256() {
    in_javascript("ES256").await;
}

async fn in_javascript(algorithm: &str) {
    let (Some(node), Some(installation)) = (
        requirements::require(requirements::NODE),
        Installation::embedded(),
    ) else {
        return;
    };
    let Subject {
        installation,
        server: _server,
        client,
        issuer,
        ..
    } = Subject::start(installation, algorithm).await;
    let arguments = [issuer.as_str(), &client.id, &client.secret];
    script(&node, "openid.mjs", &arguments, &installation);
}

#[tokio::test(flavor = "multi_thread")]
async fn resolvers_find_identifiers_and_their_keys() {
    let (Some(python), Some(node), Some(mut installation)) = (
        requirements::require(requirements::PYTHON),
        requirements::require(requirements::NODE),
        Installation::embedded(),
    ) else {
        return;
    };
    // Where the script speaks TLS.
    let port = free_port().unwrap();
    installation.set("DID_WEB_DOMAIN", &format!("localhost:{port}"));
    let subject = Subject::start(installation, "ES256").await;
    let (folder, data) = (subject.installation.folder(), subject.installation.data());
    let (base, agent) = (subject.server.api.base.as_str(), subject.client.id.as_str());

    let jws = folder.join("statement.jws").display().to_string();
    let database = data.join("agentidp.db").display().to_string();
    let ring = data.join("keys").join("encryption.json");
    let ring = ring.display().to_string();
    let arguments = [base, agent, &database, &ring, &jws];
    script(&python, "agent_key.py", &arguments, &subject.installation);
    subject.installation.succeed(&["rotate-encryption-key"]);
    script(&python, "agent_key.py", &arguments, &subject.installation);

    let Certificate { certificate, key } = Certificate::localhost(folder);
    let (certificate, key) = (certificate.display().to_string(), key.display().to_string());
    let did = format!("did:web:localhost%3A{port}:agents:{agent}");
    let arguments = [base, &did, &subject.admin, &jws, &certificate, &key];
    script(
        &node,
        "did_resolution.mjs",
        &arguments,
        &subject.installation,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_made_from_the_description_get_described_answers() {
    let (Some(python), Some(mut installation)) = (
        requirements::require(requirements::PYTHON),
        Installation::embedded(),
    ) else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    installation.set("AUTH_FAILURE_LIMIT", "1000000");
    // The system organization buys nothing: Stripe is not asked.
    for (name, value) in [
        ("BILLING_ENABLED", "true"),
        ("STRIPE_SECRET_KEY", "sk_test_1"),
        ("STRIPE_PRICE_ID", "price_1"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_1"),
        ("STRIPE_API_BASE", "http://127.0.0.1:1"),
    ] {
        installation.set(name, value);
    }
    let server = installation.start();
    let scopes = format!("{PLATFORM_SCOPES} {OTHER_SCOPES}");
    let token = server.api.token(&installation.admin(), &scopes).await;
    let arguments = [server.api.base.as_str(), token.as_str()];
    script(&python, "schemathesis_run.py", &arguments, &installation);
    assert!(
        server.api.accepts(&token).await,
        "the requests were made with a token that had ended"
    );
}
