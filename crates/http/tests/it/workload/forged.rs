//! Tokens that the provider did not sign.

use agentidp_testkit::issuer::{IssuerKey, unsigned};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{KEY, Stage, not_believed, with};

async fn admitting() -> Stage {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    stage.linked(&acme, "a").await;
    stage.run(&json!({})).await.expect(200);
    stage
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[actix_web::test]
async fn garbage_is_no_token() {
    let stage = admitting().await;
    let good = stage.token();
    let segments: Vec<&str> = good.split('.').collect();
    let (header, payload, signature) = (segments[0], segments[1], segments[2]);
    let array = URL_SAFE_NO_PAD.encode("[]");
    for token in [
        "garbage".to_owned(),
        ".".to_owned(),
        "..".to_owned(),
        "\u{0}".to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{header}.{array}.{signature}"),
        format!("{array}.{payload}.{signature}"),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!("{good}="),
        format!(" {good}"),
        format!("Bearer {good}"),
        json!({"protected": header, "payload": payload, "signature": signature}).to_string(),
    ] {
        not_believed(&stage.present(&token, &json!({})).await);
    }
    stage.present(&good, &json!({})).await.expect(200);
}

#[actix_web::test]
async fn no_signature_is_no_signature() {
    let stage = admitting().await;
    let good = stage.token();
    let signature = good.rsplit('.').next().unwrap();
    let claims = stage.claims();
    not_believed(&stage.present(&unsigned(&claims), &json!({})).await);
    for alg in ["none", "None", "NONE", "", "RS256 "] {
        let header = json!({"alg": alg, "typ": "JWT", "kid": "key-1"});
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        for token in [format!("{signed}."), format!("{signed}.{signature}")] {
            not_believed(&stage.present(&token, &json!({})).await);
        }
    }
    let header = json!({"typ": "JWT", "kid": "key-1"});
    let token = KEY.sign_with(&header, &claims).unwrap();
    not_believed(&stage.present(&token, &json!({})).await);
}

/// Every form in which the public key could be taken for an HMAC secret.
fn secrets(jwk: &Value) -> Vec<Vec<u8>> {
    let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let (modulus, exponent) = (number("n"), number("e"));
    assert_eq!((modulus.len(), exponent.as_slice()), (256, &[1, 0, 1][..]));
    // RSAPublicKey (RFC 8017) and around it SubjectPublicKeyInfo (RFC 5280).
    let mut rsa = vec![0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];
    rsa.extend(&modulus);
    rsa.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
    let mut info = vec![0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86];
    info.extend([0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00]);
    info.extend([0x03, 0x82, 0x01, 0x0f, 0x00]);
    info.extend(&rsa);
    let lines: Vec<String> = STANDARD
        .encode(&info)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let lines = lines.join("\n");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n");
    let (bare, text) = (pem.trim_end().as_bytes().to_vec(), jwk.to_string());
    let set = json!({ "keys": [jwk] }).to_string();
    let mut secrets = vec![Vec::new(), modulus, rsa, info, bare, pem.into_bytes()];
    secrets.extend([text.into_bytes(), set.into_bytes()]);
    secrets
}

#[actix_web::test]
async fn the_public_key_is_no_shared_secret() {
    let stage = admitting().await;
    let claims = stage.claims();
    for alg in ["HS256", "HS384", "HS512"] {
        let header = json!({"alg": alg, "typ": "JWT", "kid": "key-1"});
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        for secret in secrets(&KEY.public_jwk().unwrap()) {
            let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
            mac.update(signed.as_bytes());
            let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
            let token = format!("{signed}.{signature}");
            not_believed(&stage.present(&token, &json!({})).await);
        }
    }
}

#[actix_web::test]
async fn another_key_does_not_sign_under_any_name() {
    let stage = admitting().await;
    let claims = stage.claims();
    let other = IssuerKey::rsa("key-1").unwrap();
    for key in [other.clone(), other.renamed("key-9"), KEY.renamed("key-9")] {
        let token = key.sign(&claims).unwrap();
        not_believed(&stage.present(&token, &json!({})).await);
    }
    // A key in the token itself, or its address, is nobody's.
    let jwk = other.public_jwk().unwrap();
    let header = json!({
        "alg": "RS256", "typ": "JWT", "kid": "key-1", "jwk": jwk,
        "jku": "http://127.0.0.1:1/jwks", "x5u": "http://127.0.0.1:1/x5u",
    });
    let token = other.sign_with(&header, &claims).unwrap();
    not_believed(&stage.present(&token, &json!({})).await);
}

#[actix_web::test]
async fn only_rs256_is_what_the_provider_signs_with() {
    let mut stage = admitting().await;
    let claims = stage.claims();
    for alg in ["RS384", "RS512", "PS256", "ES256", "EdDSA"] {
        let header = json!({"alg": alg, "typ": "JWT", "kid": "key-1"});
        let token = KEY.sign_with(&header, &claims).unwrap();
        not_believed(&stage.present(&token, &json!({})).await);
    }
    // Even with a published key.
    stage
        .github
        .rotate(IssuerKey::ec("key-1").unwrap())
        .unwrap();
    let token = stage.github.sign(&claims).unwrap();
    not_believed(&stage.present(&token, &json!({})).await);
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "key-1"});
    let token = stage.github.key().sign_with(&header, &claims).unwrap();
    not_believed(&stage.present(&token, &json!({})).await);
}

#[actix_web::test]
async fn extensions_that_must_be_understood_are_refused() {
    let stage = admitting().await;
    for more in [
        json!({"crit": ["exp"]}),
        json!({"crit": []}),
        json!({"b64": false}),
        json!({"kid": 7}),
    ] {
        let header = with(json!({"alg": "RS256", "typ": "JWT", "kid": "key-1"}), &more);
        let token = KEY.sign_with(&header, &stage.claims()).unwrap();
        not_believed(&stage.present(&token, &json!({})).await);
    }
}

#[actix_web::test]
async fn nothing_of_a_token_can_be_changed() {
    let stage = admitting().await;
    let good = stage.token();
    let segments: Vec<&str> = good.split('.').collect();
    let changed = with(stage.claims(), &json!({"run_id": "1"}));
    let header = json!({"alg": "RS256", "typ": "at+jwt", "kid": "key-1"});
    let mut flipped = URL_SAFE_NO_PAD.decode(segments[2]).unwrap();
    flipped[100] ^= 1;
    let other = stage.github.sign(&changed).unwrap();
    for token in [
        format!("{}.{}.{}", segments[0], encode(&changed), segments[2]),
        format!("{}.{}.{}", encode(&header), segments[1], segments[2]),
        format!(
            "{}.{}.{}",
            segments[0],
            segments[1],
            other.rsplit('.').next().unwrap()
        ),
        format!(
            "{}.{}.{}",
            segments[0],
            segments[1],
            URL_SAFE_NO_PAD.encode(&flipped)
        ),
        format!(
            "{}.{}.{}",
            segments[0],
            segments[1],
            URL_SAFE_NO_PAD.encode(&flipped[..255])
        ),
    ] {
        not_believed(&stage.present(&token, &json!({})).await);
    }
    stage.present(&good, &json!({})).await.expect(200);
}
