//! Arbitrary input neither panics nor verifies.

use std::sync::LazyLock;

use agentidp_domain::token::{KeyRing, TokenType};
use agentidp_jose::Ring;
use proptest::prelude::*;

use crate::keys::{EC, PAYLOAD, RSA, at, current, retiring, ring_of};

static RING: LazyLock<Ring> = LazyLock::new(|| ring_of(&[current(&EC), retiring(&RSA, 1000)]));
static TOKEN: LazyLock<String> =
    LazyLock::new(|| RING.sign(TokenType::AccessToken, PAYLOAD).unwrap());

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
}
