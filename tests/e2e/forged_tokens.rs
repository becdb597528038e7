//! Tokens that nobody issued.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::harness::{Installation, TENANT_SCOPES, tenant};

/// SubjectPublicKeyInfo of a P-256 key, up to the point.
const SPKI: &str = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";

#[tokio::test(flavor = "multi_thread")]
async fn are_refused_without_a_trace() {
    let (Some(installation), Some(foreign)) = (Installation::embedded(), Installation::embedded())
    else {
        return;
    };
    let (server, other) = (installation.start(), foreign.start());
    let (tenant, admin) = tenant(&installation, &server, "forged").await;
    let with_id = server
        .api
        .try_token(&tenant.admin, "openid agents:read")
        .await
        .unwrap();
    let id_token = with_id.expect(200)["id_token"].as_str().unwrap().to_owned();
    let key = server.api.open("/.well-known/jwks.json").await.expect(200);
    let foreign_token = other.api.token(&foreign.admin(), "agents:read").await;
    let before = server.api.audit_total(&admin).await;

    let mut forged = Forger::new(&admin).all(&key);
    forged.push(("a token of another installation", foreign_token));
    forged.push(("an ID token", id_token));
    for (name, token) in &forged {
        let answer = server.api.get(token, "/api/v1/agents").await;
        assert_eq!(answer.status, 401, "{name}: {}", answer.text);
        assert_eq!(answer.code(), "UNAUTHORIZED", "{name}");
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer error=\"invalid_token\"",
            "{name}"
        );
        let form = [("token", token.as_str())];
        let path = "/oauth2/introspect";
        server.api.form(token, path, &form).await.expect(401);
        let seen = server.api.form(&admin, path, &form).await.expect(200);
        assert_eq!(seen, json!({"active": false}), "{name}");
    }
    // The introspections by the administrator are events, nothing else is.
    let asked = i64::try_from(forged.len()).unwrap();
    assert_eq!(server.api.audit_total(&admin).await, before + asked);
    assert!(server.api.accepts(&admin).await);
    server.api.token(&tenant.admin, TENANT_SCOPES).await;
}

/// The parts of a good token, to make bad ones of.
struct Forger {
    header: Value,
    claims: Value,
    parts: [String; 3],
}

impl Forger {
    fn new(token: &str) -> Self {
        let mut parts = token.split('.').map(str::to_owned);
        let parts = [(); 3].map(|()| parts.next().unwrap());
        let decoded =
            |part: &String| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        Self {
            header: decoded(&parts[0]),
            claims: decoded(&parts[1]),
            parts,
        }
    }

    /// All forgeries; `jwks` has the public key.
    fn all(&self, jwks: &Value) -> Vec<(&'static str, String)> {
        let [header, claims, signature] = &self.parts;
        let mut stronger = self.claims.clone();
        stronger["scope"] = json!("admin:orgs agents:read");
        let stronger = part(&stronger);
        let none = |alg: &str| format!("{}.{stronger}.", self.header_with("alg", json!(alg)));
        let mut all = vec![
            ("other claims", format!("{header}.{stronger}.{signature}")),
            ("alg none", none("none")),
            ("alg NONE", none("NoNe")),
            ("alg none, signed", format!("{}{signature}", none("none"))),
            ("no signature", format!("{header}.{claims}.")),
            ("two parts", format!("{header}.{claims}")),
            (
                "four parts",
                format!("{header}.{claims}.{signature}.{signature}"),
            ),
            (
                "changed signature",
                format!("{header}.{claims}.{}", changed(signature)),
            ),
            (
                "zero signature",
                format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
            ),
            ("no token", "x".to_owned()),
        ];
        for (name, member, value) in [
            ("other type", "typ", json!("JWT")),
            ("unknown key", "kid", json!("nobody")),
            ("other algorithm", "alg", json!("RS256")),
            ("critical extension", "crit", json!(["exp"])),
        ] {
            let header = self.header_with(member, value);
            all.push((name, format!("{header}.{claims}.{signature}")));
        }
        for (name, secret) in self.public_forms(jwks) {
            all.push((name, self.hs256(&stronger, &secret)));
        }
        all
    }

    fn header_with(&self, member: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[member] = value;
        part(&header)
    }

    /// The public key in the forms in which it might be taken for a secret.
    fn public_forms(&self, jwks: &Value) -> Vec<(&'static str, Vec<u8>)> {
        let keys = jwks["keys"].as_array().unwrap();
        let key = keys
            .iter()
            .find(|key| key["kid"] == self.header["kid"])
            .unwrap();
        let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        let point = [coordinate("x"), coordinate("y")].concat();
        let der = [decoded_hex(SPKI), point.clone()].concat();
        let text = STANDARD.encode(&der);
        let (first, second) = text.split_at(64);
        let pem =
            format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n");
        vec![
            ("HS256 with the JWK", key.to_string().into_bytes()),
            ("HS256 with the point", point),
            ("HS256 with the DER form", der),
            ("HS256 with the PEM form", pem.into_bytes()),
            ("HS256 with nothing", Vec::new()),
        ]
    }

    fn hs256(&self, claims: &str, secret: &[u8]) -> String {
        let signed = format!("{}.{claims}", self.header_with("alg", json!("HS256")));
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(signed.as_bytes());
        format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        )
    }
}

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// The signature with another byte in its middle.
fn changed(signature: &str) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[20] ^= 1;
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded_hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
