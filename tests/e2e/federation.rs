//! Partners: registered, verified, rotated, deleted; and what is not asked.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use agentidp_testkit::issuer::{FakeIssuer, IssuerKey, unsigned};
use serde_json::{Value, json};

use crate::harness::{
    Answer, Api, ISSUER, Installation, Server, platform_token, tenant, text, unix_now,
};

/// What partners call themselves; their key set lies elsewhere.
const PARTNER: &str = "https://partner.example";
const TRUST: &str = "/api/v1/federation/trust";
const PARTNERS: &str = "/api/v1/federation/partners";

#[tokio::test(flavor = "multi_thread")]
async fn partners_on_the_embedded_store() {
    if let Some(installation) = Installation::embedded() {
        Stage::set(installation, 1).await.everything().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn partners_on_postgres_and_redis() {
    if let Some(installation) = Installation::scaled() {
        Stage::set(installation, 2).await.everything().await;
    }
}

struct Stage {
    servers: Vec<Server>,
    partner: FakeIssuer,
    platform: String,
    /// A token of an ordinary organization.
    tenant: String,
}

impl Stage {
    async fn set(mut installation: Installation, replicas: usize) -> Self {
        installation.set("WEBHOOK_ALLOW_INSECURE_TARGETS", "true");
        let servers: Vec<Server> = (0..replicas).map(|_| installation.start()).collect();
        let (_, tenant) = tenant(&installation, &servers[0], "acme").await;
        Self {
            platform: platform_token(&installation, &servers[0]).await,
            partner: FakeIssuer::start().unwrap(),
            servers,
            tenant,
        }
    }

    /// The replica on which partners are administrated.
    fn api(&self) -> &Api {
        &self.servers.first().unwrap().api
    }

    /// A token of the partner with some claims changed.
    fn token(&self, changes: &Value) -> String {
        self.partner.sign(&claims(changes)).unwrap()
    }

    /// Verifies on the other replica.
    async fn verify(&self, body: &Value) -> Answer {
        let api = &self.servers.last().unwrap().api;
        api.post(&self.tenant, "/api/v1/federation/verify", body)
            .await
    }

    async fn accepted(&self, token: &str) -> Value {
        let verdict = self.verify(&json!({"token": token})).await.expect(200);
        assert_eq!(verdict["valid"], true);
        verdict
    }

    async fn refused(&self, token: &str, code: &str) {
        let answer = self.verify(&json!({"token": token})).await;
        let found = (answer.status, answer.code());
        assert_eq!(found, (422, code.to_owned()), "{}", answer.text);
    }

    async fn patch(&self, path: &str, change: &Value) -> Value {
        self.api()
            .patch(&self.platform, path, change)
            .await
            .expect(200)
    }

    async fn everything(mut self) {
        let path = self.registered().await;
        self.verified().await;
        self.forgeries().await;
        self.restricted(&path).await;
        self.rotated().await;
        self.deleted(&path).await;
        self.trail().await;
    }

    async fn registered(&self) -> String {
        let api = self.api();
        let good = self.token(&json!({}));
        self.refused(&good, "UNKNOWN_FEDERATION_ISSUER").await;
        let wish =
            json!({"name": "Partner", "issuer": PARTNER, "jwks_uri": self.partner.jwks_url()});
        self.partner.answer(Some((500, "")));
        let unreachable = api.post(&self.platform, TRUST, &wish).await;
        assert_eq!(unreachable.code(), "JWKS_UNREACHABLE");
        unreachable.expect(422);
        self.partner.answer(None);
        let made = api.post(&self.platform, TRUST, &wish).await.expect(201);
        assert_eq!(made["status"], "active");
        assert_eq!(made["allowed_organizations"], json!([]));
        let again = api.post(&self.platform, TRUST, &wish).await;
        assert_eq!(again.code(), "FEDERATION_PARTNER_CONFLICT");
        let theirs = api.post(&self.tenant, TRUST, &wish).await;
        assert_eq!((theirs.status, theirs.code().as_str()), (403, "FORBIDDEN"));
        let list = api.get(&self.platform, PARTNERS).await.expect(200);
        assert_eq!(list, json!([made]));
        format!("{PARTNERS}/{}", text(&made, "id"))
    }

    async fn verified(&self) {
        let token = self.token(&json!({"organization_id": "their-7"}));
        let verdict = self.accepted(&token).await;
        assert_eq!(verdict["issuer"], PARTNER);
        assert_eq!(verdict["subject"], "agent-1");
        assert_eq!(verdict["organization_id"], "their-7");
        assert_eq!(verdict["claims"]["sub"], "agent-1");
        let expected = json!({"token": token, "expected_issuer": PARTNER});
        self.verify(&expected).await.expect(200);
        let other = json!({"token": token, "expected_issuer": "https://partner.example/"});
        let mixed = self.verify(&other).await;
        assert_eq!(mixed.code(), "FEDERATION_TOKEN_INVALID");
        mixed.expect(422);
        let bearer = self.api().get(&token, "/api/v1/agents").await;
        bearer.expect(401);
    }

    async fn forgeries(&self) {
        let (now, good) = (unix_now(), claims(&json!({})));
        let impostor = IssuerKey::rsa("key-1").unwrap();
        for token in [
            impostor.sign(&good).unwrap(),
            unsigned(&good),
            self.token(&json!({"aud": "https://other.example"})),
            self.token(&json!({"exp": null})),
            self.token(&json!({"nbf": now + 600})),
        ] {
            self.refused(&token, "FEDERATION_TOKEN_INVALID").await;
        }
        let old = self.token(&json!({"exp": now - 61}));
        self.refused(&old, "FEDERATION_TOKEN_EXPIRED").await;
        let stranger = self.token(&json!({"iss": "https://stranger.example"}));
        self.refused(&stranger, "UNKNOWN_FEDERATION_ISSUER").await;
    }

    /// Changes count at once, on every replica.
    async fn restricted(&self, path: &str) {
        let allowed = json!({"allowed_organizations": ["their-7"]});
        self.patch(path, &allowed).await;
        let (seven, eight) = (
            self.token(&json!({"organization_id": "their-7"})),
            self.token(&json!({"organization_id": "their-8"})),
        );
        self.accepted(&seven).await;
        for token in [&eight, &self.token(&json!({}))] {
            self.refused(token, "FEDERATION_ORG_NOT_ALLOWED").await;
        }
        self.patch(path, &json!({"status": "suspended"})).await;
        self.refused(&seven, "FEDERATION_PARTNER_SUSPENDED").await;
        self.patch(
            path,
            &json!({"status": "active", "allowed_organizations": []}),
        )
        .await;
        self.accepted(&eight).await;
    }

    async fn rotated(&mut self) {
        let old = self.token(&json!({}));
        // While its server is away the keys that are known go on being good.
        self.partner.answer(Some((503, "")));
        self.accepted(&old).await;
        self.partner.answer(None);
        self.partner
            .rotate(IssuerKey::ec("key-2").unwrap())
            .unwrap();
        let new = self.token(&json!({}));
        self.accepted(&new).await;
        self.refused(&old, "FEDERATION_TOKEN_INVALID").await;
    }

    async fn deleted(&self, path: &str) {
        let api = self.api();
        assert_eq!(api.delete(&self.platform, path).await.status, 204);
        let token = self.token(&json!({}));
        self.refused(&token, "UNKNOWN_FEDERATION_ISSUER").await;
        let gone = api.get(&self.platform, path).await;
        assert_eq!(gone.code(), "FEDERATION_PARTNER_NOT_FOUND");
        let list = api.get(&self.platform, PARTNERS).await.expect(200);
        assert_eq!(list, json!([]));
    }

    /// Partners are in the log of the platform, verifications in the log of
    /// whoever asked.
    async fn trail(&self) {
        for (token, action, at_least) in [
            (&self.platform, "federation.partner_registered", 1),
            (&self.platform, "federation.partner_updated", 3),
            (&self.platform, "federation.partner_deleted", 1),
            (&self.tenant, "federation.token_verified", 15),
        ] {
            let path = format!("/api/v1/audit?action={action}&limit=100");
            let page = self.api().get(token, &path).await.expect(200);
            assert!(page["total"].as_i64().unwrap() >= at_least, "{action}");
            assert!(page.to_string().contains(PARTNER), "{page}");
            assert!(!page.to_string().contains("eyJ"), "a token is in the log");
        }
    }
}

fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": PARTNER, "sub": "agent-1", "aud": ISSUER, "exp": unix_now() + 300,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_this_machine_are_not_asked() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    let server = installation.start();
    let platform = platform_token(&installation, &server).await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let register = async |jwks: String| {
        let wish = json!({"name": "Partner", "issuer": PARTNER, "jwks_uri": jwks});
        let answer = server.api.post(&platform, TRUST, &wish).await;
        (answer.status, answer.code())
    };
    let refused = (400, "VALIDATION_ERROR".to_owned());
    for host in ["127.0.0.1", "partner.example"] {
        let url = format!("http://{host}:{port}/jwks");
        assert_eq!(register(url).await, refused, "{host}");
    }
    let unreachable = (422, "JWKS_UNREACHABLE".to_owned());
    for host in [
        "localhost",
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ] {
        let url = format!("https://{host}:{port}/jwks");
        assert_eq!(register(url).await, unreachable, "{host}");
    }
    let asked = listener.accept().map(|(_, peer)| peer);
    assert_eq!(asked.unwrap_err().kind(), ErrorKind::WouldBlock);
    let list = server.api.get(&platform, PARTNERS).await.expect(200);
    assert_eq!(list, json!([]));
}
