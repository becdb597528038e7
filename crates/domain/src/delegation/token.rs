//! The token that a delegatee shows:
//! `<chain id>.<issued at>.<expires at>.<signature>`, times in Unix seconds.

use crate::delegation::DelegationKeys;
use crate::id::ChainId;
use crate::time::Timestamp;

/// Longest token that is looked at, in bytes; ours have at most 145.
const LIMIT: usize = 256;

/// Characters of a signature: HMAC-SHA256 in lower-case hex.
const SIGNATURE: usize = 64;

/// A token taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegationToken {
    chain_id: ChainId,
    payload: String,
    signature: String,
}

impl DelegationToken {
    /// Makes the token of a chain, signed with the first key.
    #[must_use]
    pub fn sign(
        keys: &DelegationKeys,
        chain_id: ChainId,
        issued_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        let payload = format!(
            "{chain_id}.{}.{}",
            issued_at.unix_seconds(),
            expires_at.unix_seconds()
        );
        Self {
            chain_id,
            signature: keys.sign(payload.as_bytes()),
            payload,
        }
    }

    /// Takes a token apart; `None` when it has not the four parts. Whether it
    /// is genuine is not looked at.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LIMIT {
            return None;
        }
        let (payload, signature) = text.rsplit_once('.')?;
        let mut parts = payload.split('.');
        let chain_id = parts.next()?;
        let is_time = |part: &str| {
            !part.is_empty() && part.len() <= 20 && part.bytes().all(|b| b.is_ascii_digit())
        };
        let times = is_time(parts.next()?) && is_time(parts.next()?);
        if !times || parts.next().is_some() || signature.is_empty() {
            return None;
        }
        Some(Self {
            chain_id: chain_id.parse().ok()?,
            payload: payload.to_owned(),
            signature: signature.to_owned(),
        })
    }

    /// Whether one of our keys made the signature.
    #[must_use]
    pub fn is_genuine(&self, keys: &DelegationKeys) -> bool {
        self.signature.len() == SIGNATURE && keys.verify(self.payload.as_bytes(), &self.signature)
    }

    /// The chain it speaks of.
    #[must_use]
    pub fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.signature
    }
}

impl std::fmt::Display for DelegationToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.payload, self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: &str = "11111111-1111-4111-8111-111111111111";

    fn keys(secrets: &[&str]) -> DelegationKeys {
        DelegationKeys::new(secrets.iter().map(|s| s.as_bytes().to_vec()).collect()).unwrap()
    }

    fn token(keys: &DelegationKeys) -> String {
        let at = |seconds: i64| Timestamp::from_unix_millis(seconds * 1000).unwrap();
        DelegationToken::sign(
            keys,
            CHAIN.parse().unwrap(),
            at(1_743_151_200),
            at(1_743_154_800),
        )
        .to_string()
    }

    #[test]
    fn tokens_have_the_documented_form_and_any_key_verifies() {
        let (old, new) = ("o".repeat(32), "n".repeat(32));
        let text = token(&keys(&[&old]));
        assert!(text.starts_with(&format!("{CHAIN}.1743151200.1743154800.")));
        let parsed = DelegationToken::parse(&text).unwrap();
        assert_eq!(parsed.to_string(), text);
        assert_eq!(parsed.signature().len(), 64);
        assert!(parsed.is_genuine(&keys(&[&old])));
        assert!(parsed.is_genuine(&keys(&[&new, &old])));
        assert!(!parsed.is_genuine(&keys(&[&new])));
    }

    #[test]
    fn the_signature_is_hmac_sha256_of_the_payload() {
        // printf '%s' '<chain>.1743151200.1743154800' | openssl dgst -sha256 -hmac kkkk…
        let text = token(&keys(&[&"k".repeat(32)]));
        assert_eq!(
            text.rsplit_once('.').unwrap().1,
            "9708a8c6e38491afc454a21956da0c14b8c5517702d6d8cf9694f24f910d7666"
        );
    }

    #[test]
    fn every_altered_character_is_noticed() {
        let keys = keys(&[&"k".repeat(32)]);
        let text = token(&keys);
        for position in 0..text.len() {
            let mut altered = text.clone().into_bytes();
            altered[position] = if altered[position] == b'1' {
                b'2'
            } else {
                b'1'
            };
            let altered = String::from_utf8(altered).unwrap();
            let genuine = DelegationToken::parse(&altered).is_some_and(|t| t.is_genuine(&keys));
            assert!(!genuine, "{altered}");
        }
        for end in 0..text.len() {
            let genuine = DelegationToken::parse(&text[..end]).is_some_and(|t| t.is_genuine(&keys));
            assert!(!genuine, "cut at {end}");
        }
        let upper = text.to_uppercase();
        assert!(!DelegationToken::parse(&upper).is_some_and(|t| t.is_genuine(&keys)));
    }

    #[test]
    fn other_shapes_are_no_tokens() {
        for text in [
            "",
            "a.b.c.d",
            "...",
            "11111111-1111-4111-8111-111111111111.1.2",
            "11111111-1111-4111-8111-111111111111.1.2.",
            "11111111-1111-4111-8111-111111111111.-1.2.ab",
            "11111111-1111-4111-8111-111111111111.1.2.3.ab",
            "11111111-1111-4111-8111-111111111111.x.2.ab",
        ] {
            assert_eq!(DelegationToken::parse(text), None, "{text}");
        }
        let long = format!("{CHAIN}.1.2.{}", "a".repeat(300));
        assert_eq!(DelegationToken::parse(&long), None);
    }
}
