//! Arbitrary input neither panics nor verifies.

use std::sync::LazyLock;

use agentidp_domain::foreign::ForeignTokens;
use agentidp_domain::token::{KeyRing, TokenType};
use agentidp_jose::{ForeignVerifier, Ring};
use proptest::prelude::*;
use serde_json::Value;

use crate::foreign_support::{set, set_of, token, verdict};
use crate::keys::{EC, PAYLOAD, RSA, at, current, retiring, ring_of};

static RING: LazyLock<Ring> = LazyLock::new(|| ring_of(&[current(&EC), retiring(&RSA, 1000)]));
static TOKEN: LazyLock<String> =
    LazyLock::new(|| RING.sign(TokenType::AccessToken, PAYLOAD).unwrap());

static FOREIGN: LazyLock<[String; 2]> =
    LazyLock::new(|| [&*RSA, &*EC].map(|key| token(key, PAYLOAD)));
static KEYS: LazyLock<Value> = LazyLock::new(|| set_of(&[&RSA, &EC]));

fn accepted(token: &str) -> bool {
    [TokenType::AccessToken, TokenType::IdToken]
        .into_iter()
        .any(|token_type| RING.verify(token_type, token, at(1)).is_ok())
}

proptest! {
    #[test]
    fn arbitrary_text_never_verifies(text in any::<String>()) {
        prop_assert!(!accepted(&text));
    }

    #[test]
    fn text_that_looks_like_a_token_never_verifies(
        text in "[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,90}",
    ) {
        prop_assert!(!accepted(&text));
    }

    #[test]
    fn a_signature_covers_every_payload(payload in any::<Vec<u8>>()) {
        let token = RING.sign(TokenType::AccessToken, &payload).unwrap();
        let verified = RING.verify(TokenType::AccessToken, &token, at(1)).unwrap();
        prop_assert_eq!(verified.payload, payload);
    }

    #[test]
    fn a_changed_character_spoils_the_token(
        index in any::<prop::sample::Index>(),
        replacement in any::<char>(),
    ) {
        let mut characters: Vec<char> = TOKEN.chars().collect();
        let index = index.index(characters.len());
        prop_assume!(characters[index] != replacement);
        characters[index] = replacement;
        let changed: String = characters.into_iter().collect();
        prop_assert!(!accepted(&changed));
    }

    #[test]
    fn a_shortened_token_is_none(length in any::<prop::sample::Index>()) {
        prop_assert!(!accepted(&TOKEN[..length.index(TOKEN.len())]));
    }
    #[test]
    fn arbitrary_text_is_no_foreign_token(
        text in prop_oneof![
            any::<String>(),
            "[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,90}",
        ],
    ) {
        prop_assert!(verdict(&text, &KEYS).is_err());
    }

    #[test]
    fn a_changed_byte_spoils_a_foreign_token(
        which in 0_usize..2,
        index in any::<prop::sample::Index>(),
        replacement in any::<char>(),
    ) {
        let mut characters: Vec<char> = FOREIGN[which].chars().collect();
        let index = index.index(characters.len());
        prop_assume!(characters[index] != replacement);
        characters[index] = replacement;
        let changed: String = characters.into_iter().collect();
        prop_assert!(verdict(&changed, &KEYS).is_err());
    }

    #[test]
    fn a_shortened_foreign_token_is_none(
        which in 0_usize..2,
        length in any::<prop::sample::Index>(),
    ) {
        let token = &FOREIGN[which];
        prop_assert!(verdict(&token[..length.index(token.len())], &KEYS).is_err());
    }

    #[test]
    fn every_foreign_payload_that_is_an_object_is_covered(
        claims in prop::collection::btree_map(any::<String>(), any::<i64>(), 0..5),
    ) {
        let payload = serde_json::to_vec(&claims).unwrap();
        let token = token(&EC, &payload);
        prop_assert!(verdict(&token, &KEYS).is_ok());
        let read = ForeignVerifier.parse(&token).unwrap().claims.into_json();
        prop_assert_eq!(read, serde_json::to_value(&claims).unwrap());
    }

    #[test]
    fn an_arbitrary_key_neither_panics_nor_verifies(
        kty in "RSA|EC|oct",
        number in "[A-Za-z0-9_-]{0,400}",
        other in "[A-Za-z0-9_-]{0,43}",
    ) {
        let key = serde_json::json!({
            "kty": kty, "crv": "P-256", "n": number, "e": "AQAB", "x": other, "y": other,
        });
        for (kid, token) in [&RSA.kid, &EC.kid].into_iter().zip(&*FOREIGN) {
            let mut key = key.clone();
            key["kid"] = kid.as_str().into();
            prop_assert!(verdict(token, &set(&[key])).is_err());
        }
    }
}
