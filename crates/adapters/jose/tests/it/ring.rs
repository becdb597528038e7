//! The ring: round trips, replacement, expiry, the published key set.

use agentidp_domain::token::{KeyRing, TokenType, VerifyError};
use agentidp_jose::Ring;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::keys::{EC, OTHER_EC, OTHER_RSA, PAYLOAD, RSA, at, current, retiring, ring_of};

fn header_of(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

#[test]
fn what_is_signed_verifies_with_both_algorithms_and_types() {
    for key in [&*RSA, &*EC] {
        let ring = ring_of(&[current(key)]);
        for token_type in [TokenType::AccessToken, TokenType::IdToken] {
            let token = ring.sign(token_type, PAYLOAD).unwrap();
            let verified = ring.verify(token_type, &token, at(1)).unwrap();
            assert_eq!(verified.payload, PAYLOAD);
            assert_eq!(
                header_of(&token),
                json!({"alg": key.algorithm.as_str(), "kid": key.kid, "typ": token_type.as_str()})
            );
        }
    }
}

#[test]
fn signatures_of_es256_have_their_fixed_length() {
    // DER drops leading zeros, which half of the signatures would show within
    // some hundred attempts.
    let ring = ring_of(&[current(&EC)]);
    for _ in 0..300 {
        let token = ring.sign(TokenType::AccessToken, PAYLOAD).unwrap();
        let signature = token.rsplit('.').next().unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(signature).unwrap().len(), 64);
        assert!(ring.verify(TokenType::AccessToken, &token, at(1)).is_ok());
    }
}

#[test]
fn one_kind_of_token_is_not_taken_for_the_other() {
    let ring = ring_of(&[current(&EC)]);
    let id_token = ring.sign(TokenType::IdToken, PAYLOAD).unwrap();
    let access_token = ring.sign(TokenType::AccessToken, PAYLOAD).unwrap();
    assert_eq!(
        ring.verify(TokenType::AccessToken, &id_token, at(1))
            .unwrap_err(),
        VerifyError::Malformed
    );
    assert_eq!(
        ring.verify(TokenType::IdToken, &access_token, at(1))
            .unwrap_err(),
        VerifyError::Malformed
    );
}

#[test]
fn all_keys_of_the_ring_verify_and_the_current_one_signs() {
    let before = ring_of(&[current(&RSA)]);
    let old = before.sign(TokenType::AccessToken, PAYLOAD).unwrap();
    let ring = ring_of(&[current(&EC), retiring(&RSA, 100)]);
    let new = ring.sign(TokenType::AccessToken, PAYLOAD).unwrap();
    assert_eq!(header_of(&new)["kid"], json!(EC.kid));
    assert!(ring.verify(TokenType::AccessToken, &old, at(1)).is_ok());
    assert!(ring.verify(TokenType::AccessToken, &new, at(1)).is_ok());
}

#[test]
fn a_retiring_key_ends_at_its_expiry() {
    let before = ring_of(&[current(&RSA)]);
    let token = before.sign(TokenType::AccessToken, PAYLOAD).unwrap();
    let ring = ring_of(&[current(&EC), retiring(&RSA, 100)]);
    assert!(ring.verify(TokenType::AccessToken, &token, at(99)).is_ok());
    for second in [100, 101] {
        assert_eq!(
            ring.verify(TokenType::AccessToken, &token, at(second))
                .unwrap_err(),
            VerifyError::UnknownKey
        );
    }
}

#[test]
fn the_key_set_holds_the_unexpired_keys_with_public_members_only() {
    let ring = ring_of(&[current(&RSA), retiring(&EC, 100), retiring(&OTHER_EC, 50)]);
    let set = ring.jwks(at(60));
    let keys = set["keys"].as_array().unwrap();
    let kids: Vec<&str> = keys
        .iter()
        .map(|key| key["kid"].as_str().unwrap())
        .collect();
    assert_eq!(kids, [RSA.kid.as_str(), EC.kid.as_str()]);
    for (key, members) in keys.iter().zip([
        vec!["alg", "e", "kid", "kty", "n", "use"],
        vec!["alg", "crv", "kid", "kty", "use", "x", "y"],
    ]) {
        let mut names: Vec<&str> = key
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(names, members);
        assert_eq!(key["use"], json!("sig"));
    }
    assert_eq!(keys[0]["alg"], json!("RS256"));
    assert_eq!(keys[1]["crv"], json!("P-256"));
    assert_eq!(ring.jwks(at(100))["keys"].as_array().unwrap().len(), 1);
}

#[test]
fn an_empty_ring_signs_and_accepts_nothing() {
    let ring = Ring::new();
    assert!(ring.sign(TokenType::AccessToken, PAYLOAD).is_err());
    let token = ring_of(&[current(&EC)])
        .sign(TokenType::AccessToken, PAYLOAD)
        .unwrap();
    assert_eq!(
        ring.verify(TokenType::AccessToken, &token, at(1))
            .unwrap_err(),
        VerifyError::UnknownKey
    );
    assert_eq!(ring.jwks(at(1)), json!({"keys": []}));
}

#[test]
fn a_ring_that_cannot_be_used_leaves_the_old_one_in_place() {
    let ring = ring_of(&[current(&EC)]);
    let token = ring.sign(TokenType::AccessToken, PAYLOAD).unwrap();

    let mut foreign_private = current(&RSA);
    foreign_private.key.private_pem = OTHER_RSA.private_pem.clone();
    let mut broken_private = current(&RSA);
    broken_private.key.private_pem = SecretString::from("nonsense");
    let mut broken_public = retiring(&RSA, 100);
    broken_public.key.public_jwk = json!({"kty": "RSA"});
    let mut wrong_algorithm = current(&RSA);
    wrong_algorithm.key.algorithm = EC.algorithm;
    for (what, keys) in [
        ("empty", vec![]),
        ("none current", vec![retiring(&RSA, 100)]),
        ("two current", vec![current(&RSA), current(&EC)]),
        (
            "the same kid twice",
            vec![current(&RSA), retiring(&RSA, 100)],
        ),
        ("private key of another", vec![foreign_private]),
        ("unreadable private key", vec![broken_private]),
        ("unreadable public key", vec![current(&EC), broken_public]),
        ("wrong algorithm", vec![wrong_algorithm]),
    ] {
        assert!(ring.replace(&keys).is_err(), "{what}");
        assert!(
            ring.verify(TokenType::AccessToken, &token, at(1)).is_ok(),
            "{what}"
        );
    }
}
