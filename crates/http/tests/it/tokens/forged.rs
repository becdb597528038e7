//! Tokens that the API must not believe.

use agentidp_domain::token::{Algorithm, KeyFactory as _, KeyRing as _, SigningKey, TokenType};
use agentidp_jose::{Factory, Ring};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::parts;
use crate::support::texts::{TOKEN_EXPIRED, TOKEN_FORGED, TOKEN_REQUIRED};
use crate::support::{Answer, Api, Identity, OPERATOR_SCOPES, Setup};

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[track_caller]
fn refused(answer: &Answer, message: &str) {
    answer.refused(401, "UNAUTHORIZED", message);
    assert_eq!(
        answer.header("www-authenticate"),
        Some("Bearer error=\"invalid_token\"")
    );
}

async fn read(api: &Api, agent: &Identity, token: &str) -> Answer {
    api.get(&agent.path()).bearer(token).send().await
}

/// Every form in which the public key could be taken for an HMAC secret.
fn secrets(jwk: &Value) -> Vec<Vec<u8>> {
    let mut secrets = vec![Vec::new(), jwk.to_string().into_bytes()];
    let number = |name: &str| {
        jwk[name]
            .as_str()
            .map(|text| URL_SAFE_NO_PAD.decode(text).unwrap())
    };
    if let (Some(x), Some(y)) = (number("x"), number("y")) {
        // SubjectPublicKeyInfo of P-256 (RFC 5480) up to the two numbers.
        let prefix = hex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");
        let der = [prefix, x, y].concat();
        let lines: Vec<String> = STANDARD
            .encode(&der)
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            lines.join("\n")
        );
        secrets.extend([der, pem.trim_end().as_bytes().to_vec(), pem.into_bytes()]);
    }
    secrets.extend(number("n"));
    secrets
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

#[actix_web::test]
async fn no_signature_and_a_shared_secret_are_no_signatures() {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        let api = Setup::algorithm(algorithm).start().await;
        let operator = api.operator.clone();
        let claims = api.claims(&operator, OPERATOR_SCOPES);
        let good = api.token(&operator, OPERATOR_SCOPES);
        read(&api, &operator, &good).await.expect(200);
        let kid = parts(&good).0["kid"].clone();
        for alg in ["none", "None", "nOnE", ""] {
            let header = json!({"alg": alg, "typ": "at+jwt", "kid": kid});
            let signed = format!("{}.{}", encode(&header), encode(&claims));
            let signature = good.rsplit('.').next().unwrap();
            for token in [
                format!("{signed}."),
                signed.clone(),
                format!("{signed}.{signature}"),
            ] {
                refused(&read(&api, &operator, &token).await, TOKEN_FORGED);
            }
        }
        let jwks = api.get("/.well-known/jwks.json").send().await.expect(200);
        let keys = jwks["keys"].as_array().unwrap();
        let jwk = keys.iter().find(|key| key["kid"] == kid).unwrap();
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": kid});
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        for secret in secrets(jwk) {
            let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
            mac.update(signed.as_bytes());
            let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
            refused(
                &read(&api, &operator, &format!("{signed}.{signature}")).await,
                TOKEN_FORGED,
            );
        }
    }
}

/// A ring that is not the server's.
fn other_ring(api: &Api, kid: Option<&Value>) -> Ring {
    let mut key = Factory.generate(Algorithm::Es256).unwrap();
    if let Some(kid) = kid {
        key.kid = kid.as_str().unwrap().to_owned();
    }
    let key = SigningKey {
        key,
        is_current: true,
        created_at: api.world.ports.now(),
        expires_at: None,
    };
    let ring = Ring::new();
    ring.replace(&[key]).unwrap();
    ring
}

#[actix_web::test]
async fn another_keys_signature_does_not_count_under_any_name() {
    let api = Api::start().await;
    let operator = api.operator.clone();
    let good = api.token(&operator, OPERATOR_SCOPES);
    let kid = parts(&good).0["kid"].clone();
    let payload = api.claims(&operator, OPERATOR_SCOPES).to_string();
    for kid in [None, Some(&kid)] {
        let ring = other_ring(&api, kid);
        let token = ring
            .sign(TokenType::AccessToken, payload.as_bytes())
            .unwrap();
        refused(&read(&api, &operator, &token).await, TOKEN_FORGED);
    }
    read(&api, &operator, &good).await.expect(200);
}

#[actix_web::test]
async fn nothing_of_a_token_can_be_changed() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let good = api.token(&acme, "agents:read");
    let segments: Vec<&str> = good.split('.').collect();
    let mut claims = parts(&good).1;
    claims["scope"] = json!(OPERATOR_SCOPES);
    let mut header = parts(&good).0;
    header["typ"] = json!("application/at+jwt");
    let other = api.token(&acme, "agents:read");
    let tampered = [
        format!("{}.{}.{}", segments[0], encode(&claims), segments[2]),
        format!("{}.{}.{}", encode(&header), segments[1], segments[2]),
        format!(
            "{}.{}.{}",
            segments[0],
            segments[1],
            other.rsplit('.').next().unwrap()
        ),
        format!("{}.{}.", segments[0], segments[1]),
        format!("{}.{}", segments[0], segments[1]),
        format!("{good}.{}", segments[2]),
        format!("{good}="),
        "x".repeat(16 * 1024 + 1),
        "garbage".to_owned(),
        "..".to_owned(),
    ];
    for token in tampered {
        refused(&read(&api, &acme, &token).await, TOKEN_FORGED);
    }
    read(&api, &acme, &good).await.expect(200);
}

#[actix_web::test]
async fn a_token_of_another_kind_issuer_audience_or_profile_is_refused() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let id_token = api.sign(TokenType::IdToken, &api.claims(&acme, "agents:read"));
    refused(&read(&api, &acme, &id_token).await, TOKEN_FORGED);
    let changes = [
        ("iss", json!("https://elsewhere.example")),
        ("iss", json!("http://localhost:3000/")),
        ("aud", json!("https://elsewhere.example")),
        ("aud", Value::Null),
        ("sub", json!(acme.stranger().agent)),
        ("sub", json!("trust-policy:x")),
        ("scope", json!("agents:read root")),
        ("jti", json!("1")),
        ("exp", json!("never")),
    ];
    for (claim, value) in changes {
        let mut claims = api.claims(&acme, "agents:read");
        claims[claim] = value.clone();
        let token = api.sign(TokenType::AccessToken, &claims);
        refused(&read(&api, &acme, &token).await, TOKEN_REQUIRED);
        claims.as_object_mut().unwrap().remove(claim);
        let token = api.sign(TokenType::AccessToken, &claims);
        refused(&read(&api, &acme, &token).await, TOKEN_REQUIRED);
    }
}

#[actix_web::test]
async fn a_token_ends_with_its_last_second() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.issued(&acme, "agents:read").await;
    api.pass(3599);
    read(&api, &acme, &token).await.expect(200);
    api.pass(1);
    refused(&read(&api, &acme, &token).await, TOKEN_EXPIRED);
    // Issuer and audience are looked at before the expiry.
    let mut claims = api.claims(&acme, "agents:read");
    claims["exp"] = json!(api.now() - 1);
    claims["iss"] = json!("https://elsewhere.example");
    let token = api.sign(TokenType::AccessToken, &claims);
    refused(&read(&api, &acme, &token).await, TOKEN_REQUIRED);
}

#[actix_web::test]
async fn the_header_is_bearer_and_nothing_like_it() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "agents:read");
    let path = acme.path();
    let with = |value: String| api.get(&path).header("authorization", value).send();
    with(format!("Bearer   {token}  ")).await.expect(200);
    for value in [
        format!("bearer {token}"),
        format!("Token {token}"),
        token.clone(),
        "Bearer ".to_owned(),
        String::new(),
    ] {
        let answer = with(value).await;
        answer.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    let query = format!("{path}?access_token={token}");
    api.get(&query)
        .send()
        .await
        .refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
}

#[actix_web::test]
async fn tokens_of_a_retiring_key_stay_good_until_it_is_gone() {
    use agentidp_domain::token::RotationKind;
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let old = api.token(&acme, "agents:read");
    api.world.keys.rotate(RotationKind::Normal).await.unwrap();
    let new = api.token(&acme, "agents:read");
    assert_ne!(parts(&old).0["kid"], parts(&new).0["kid"]);
    read(&api, &acme, &old).await.expect(200);
    read(&api, &acme, &new).await.expect(200);
    api.world
        .keys
        .rotate(RotationKind::Immediate)
        .await
        .unwrap();
    for token in [old, new] {
        refused(&read(&api, &acme, &token).await, TOKEN_FORGED);
    }
}
