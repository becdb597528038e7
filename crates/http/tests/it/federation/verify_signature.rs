//! Algorithms, keys and signatures of partners' tokens.

use agentidp_testkit::issuer::{FakeIssuer, IssuerKey, unsigned};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    ISSUER, RSA, claims, invalid, partner, register, registration, registration_as, unprocessable,
    verify, verify_by, verify_with, with,
};
use crate::support::Api;

async fn federated() -> (Api, FakeIssuer) {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    verify_with(&api, &idp, &json!({})).await.expect(200);
    (api, idp)
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn header_of(alg: &str) -> Value {
    json!({"alg": alg, "typ": "JWT", "kid": "key-1"})
}

#[actix_web::test]
async fn other_algorithms_are_refused_whoever_signed() {
    let (api, idp) = federated().await;
    let claims = claims(&api);
    invalid(&verify(&api, &unsigned(&claims)).await);
    let good = idp.sign(&claims).unwrap();
    let signature = good.rsplit('.').next().unwrap();
    for alg in [
        "none", "None", "", "rs256", "RS384", "RS512", "PS256", "ES384", "EdDSA",
    ] {
        let signed = format!("{}.{}", encode(&header_of(alg)), encode(&claims));
        for token in [
            RSA.sign_with(&header_of(alg), &claims).unwrap(),
            format!("{signed}.{signature}"),
            format!("{signed}."),
        ] {
            invalid(&verify(&api, &token).await);
        }
    }
    let jwk = RSA.public_jwk().unwrap();
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    for secret in [Vec::new(), modulus, jwk.to_string().into_bytes()] {
        for alg in ["HS256", "HS384", "HS512"] {
            let signed = format!("{}.{}", encode(&header_of(alg)), encode(&claims));
            let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
            mac.update(signed.as_bytes());
            let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
            invalid(&verify(&api, &format!("{signed}.{signature}")).await);
        }
    }
    assert_eq!(idp.fetches(), 1, "no key was looked for");
}

#[actix_web::test]
async fn the_algorithm_is_looked_at_before_the_issuer() {
    let (api, _idp) = federated().await;
    let stranger = with(claims(&api), &json!({"iss": "https://stranger.example"}));
    let token = RSA.sign_with(&header_of("RS384"), &stranger).unwrap();
    let body = json!({"token": token, "expected_issuer": ISSUER});
    invalid(&verify_by(&api, &api.operator, &body).await);
    invalid(&verify(&api, &unsigned(&stranger)).await);
}

#[actix_web::test]
async fn the_kind_of_the_key_must_fit_the_algorithm() {
    let api = Api::start().await;
    let rsa = partner();
    let ec = FakeIssuer::with(IssuerKey::ec("key-1").unwrap()).unwrap();
    let ec_issuer = "https://ec.example";
    register(&api, &registration(&rsa)).await.expect(201);
    register(&api, &registration_as(&ec, ec_issuer))
        .await
        .expect(201);
    let of_ec = with(claims(&api), &json!({"iss": ec_issuer}));
    for (key, alg, claims) in [
        (rsa.key(), "ES256", &claims(&api)),
        (ec.key(), "RS256", &of_ec),
        (rsa.key(), "RS256", &of_ec),
        (ec.key(), "ES256", &claims(&api)),
    ] {
        let token = key.sign_with(&header_of(alg), claims).unwrap();
        invalid(&verify(&api, &token).await);
    }
    verify_with(&api, &rsa, &json!({})).await.expect(200);
    verify(&api, &ec.sign(&of_ec).unwrap()).await.expect(200);
}

#[actix_web::test]
async fn a_partner_does_not_speak_for_another() {
    let api = Api::start().await;
    let issuers = ["https://a.example", "https://b.example"];
    for kids in [["same", "same"], ["a", "b"]] {
        let keys = kids.map(|kid| IssuerKey::ec(kid).unwrap());
        let idps = keys.map(|key| FakeIssuer::with(key).unwrap());
        let names = issuers.map(|issuer| format!("{issuer}/{}", kids[1]));
        for (idp, name) in idps.iter().zip(&names) {
            register(&api, &registration_as(idp, name))
                .await
                .expect(201);
        }
        for (signer, idp) in idps.iter().enumerate() {
            for (named, name) in names.iter().enumerate() {
                let answer = verify_with(&api, idp, &json!({"iss": name})).await;
                if signer == named {
                    assert_eq!(answer.expect(200)["issuer"], *name);
                } else {
                    invalid(&answer);
                }
            }
        }
    }
}

#[actix_web::test]
async fn partners_with_the_same_keys_are_told_apart_by_the_expected_issuer() {
    let (api, idp) = federated().await;
    let twin = "https://twin.example";
    register(&api, &registration_as(&idp, twin))
        .await
        .expect(201);
    let token = idp.sign(&claims(&api)).unwrap();
    let body = json!({"token": token, "expected_issuer": twin});
    let answer = verify_by(&api, &api.operator, &body).await;
    unprocessable(&answer, "FEDERATION_TOKEN_INVALID", super::OTHER_ISSUER);
    assert_eq!(verify(&api, &token).await.expect(200)["issuer"], ISSUER);
}

#[actix_web::test]
async fn nothing_of_a_token_can_be_changed() {
    let (api, idp) = federated().await;
    let good = idp.sign(&claims(&api)).unwrap();
    let segments: Vec<&str> = good.split('.').collect();
    let claims = with(claims(&api), &json!({"sub": "root"}));
    let other = idp.sign(&claims).unwrap();
    let mut flipped = URL_SAFE_NO_PAD.decode(segments[2]).unwrap();
    flipped[0] ^= 0x80;
    let flipped = URL_SAFE_NO_PAD.encode(flipped);
    for token in [
        format!("{}.{}.{}", segments[0], encode(&claims), segments[2]),
        format!(
            "{}.{}.{}",
            segments[0],
            segments[1],
            other.rsplit('.').next().unwrap()
        ),
        format!("{}.{}.{flipped}", segments[0], segments[1]),
        format!("{}.{}.", segments[0], segments[1]),
    ] {
        invalid(&verify(&api, &token).await);
    }
    let forger = IssuerKey::rsa("key-1").unwrap();
    invalid(&verify(&api, &forger.sign(&claims).unwrap()).await);
    let jwk = forger.public_jwk().unwrap();
    let embedded = with(header_of("RS256"), &json!({ "jwk": jwk }));
    let token = forger.sign_with(&embedded, &claims).unwrap();
    invalid(&verify(&api, &token).await);
    let critical = with(header_of("RS256"), &json!({"crit": ["exp"]}));
    let token = RSA.sign_with(&critical, &claims).unwrap();
    invalid(&verify(&api, &token).await);
}
