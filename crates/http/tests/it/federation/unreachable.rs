//! Key sets that cannot be had: nothing is stored, and private addresses are
//! not even asked.

use std::io::ErrorKind;
use std::net::TcpListener;

use agentidp_testkit::issuer::FakeIssuer;
use serde_json::{Value, json};

use super::{
    ISSUER, RSA, delete, get, listed, partner, patch, register, registered, registration,
    unreachable, verify_with, with,
};
use crate::support::{Api, Setup};

/// Answers that contain no key a token could be verified with.
fn unusable() -> Vec<(u16, String)> {
    let good = RSA.public_jwk().unwrap();
    let set = |changes: Value| json!({"keys": [with(good.clone(), &changes)]}).to_string();
    let plain = json!({ "keys": [good] }).to_string();
    vec![
        (404, plain.clone()),
        (500, plain.clone()),
        (201, plain.clone()),
        (204, String::new()),
        (301, plain.clone()),
        (200, String::new()),
        (200, "<html></html>".to_owned()),
        (200, plain[1..].to_owned()),
        (200, "[]".to_owned()),
        (200, "{}".to_owned()),
        (200, json!({"keys": []}).to_string()),
        (200, json!({ "keys": good }).to_string()),
        (200, set(json!({"use": "enc"}))),
        (200, set(json!({"alg": "RS384"}))),
        (200, set(json!({"key_ops": ["encrypt"]}))),
        (200, set(json!({"kty": "oct", "k": "AAAA"}))),
        (200, set(json!({"d": "AQAB"}))),
        (200, set(json!({"n": "AQAB"}))),
        (200, set(json!({"n": null}))),
        (200, format!("{plain}{}", " ".repeat(1024 * 1024))),
    ]
}

#[actix_web::test]
async fn without_a_usable_key_set_nothing_is_stored() {
    let api = Api::start().await;
    let idp = partner();
    let before = api.event_count(&api.operator).await;
    for (index, (status, body)) in unusable().into_iter().enumerate() {
        idp.answer(Some((status, &body)));
        unreachable(&register(&api, &registration(&idp)).await);
        assert_eq!(idp.fetches(), index + 1, "{status} {body}");
    }
    let wrong_path = json!({"jwks_uri": format!("{}/jwks", idp.url())});
    unreachable(&register(&api, &with(registration(&idp), &wrong_path)).await);
    assert!(listed(&api).await.is_empty());
    assert_eq!(api.event_count(&api.operator).await, before);
    super::unknown_issuer(&verify_with(&api, &idp, &json!({})).await);
    // As soon as it answers it can be registered.
    idp.answer(None);
    register(&api, &registration(&idp)).await.expect(201);
    verify_with(&api, &idp, &json!({})).await.expect(200);
}

#[actix_web::test]
async fn nobody_listening_is_unreachable() {
    let api = Api::start().await;
    let idp = partner();
    let body = registration(&idp);
    drop(idp);
    unreachable(&register(&api, &body).await);
    assert!(listed(&api).await.is_empty());
}

/// As in production.
async fn strict() -> Api {
    let mut setup = Setup::default();
    setup.world.allow_private = false;
    setup.http.partner_urls.allow_insecure = false;
    setup.start().await
}

#[actix_web::test]
async fn private_addresses_are_not_asked() {
    let api = strict().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
    ] {
        let url = format!("https://{host}:{port}/.well-known/jwks");
        let body = json!({"name": "x", "issuer": ISSUER, "jwks_uri": url});
        unreachable(&register(&api, &body).await);
        let connection = listener.accept();
        assert_eq!(connection.unwrap_err().kind(), ErrorKind::WouldBlock);
    }
    for host in ["169.254.169.254", "10.0.0.1", "192.168.1.1", "[fd00::1]"] {
        let url = format!("https://{host}/latest/meta-data/");
        let body = json!({"name": "x", "issuer": ISSUER, "jwks_uri": url});
        unreachable(&register(&api, &body).await);
    }
    assert!(listed(&api).await.is_empty());
}

#[actix_web::test]
async fn without_the_development_switch_http_is_a_bad_field() {
    let api = strict().await;
    let idp = partner();
    let details = register(&api, &registration(&idp))
        .await
        .invalid(crate::support::texts::INVALID_BODY, &["jwks_uri"]);
    assert_eq!(details["reason"], "Must be a valid HTTPS URL.");
    assert_eq!(idp.fetches(), 0);
}

#[actix_web::test]
async fn a_new_address_that_does_not_answer_changes_nothing() {
    let api = Api::start().await;
    let idp = partner();
    let path = registered(&api, &registration(&idp)).await;
    let before = get(&api, &path).await.expect(200);
    let events = api.event_count(&api.operator).await;
    let other = FakeIssuer::with(RSA.clone()).unwrap();
    for (status, body) in unusable() {
        other.answer(Some((status, &body)));
        let more = json!({"jwks_uri": other.jwks_url(), "name": "New"});
        unreachable(&patch(&api, &path, &more).await);
    }
    assert_eq!(get(&api, &path).await.expect(200), before);
    assert_eq!(api.event_count(&api.operator).await, events);
    verify_with(&api, &idp, &json!({})).await.expect(200);
    // Other fields can be changed while the partner is away.
    idp.answer(Some((500, "")));
    let renamed = patch(&api, &path, &json!({"name": "New"})).await;
    assert_eq!(renamed.expect(200)["name"], "New");
    delete(&api, &path).await.no_content();
}
