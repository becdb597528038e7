//! Our own tokens.

use agentidp_domain::time::Timestamp;
use agentidp_domain::token::{Algorithm, KeyFactory, KeyRing, NewKey, SigningKey, TokenType};
use agentidp_jose::{Factory, Ring};
use agentidp_testkit::issuer::IssuerKey;
use secrecy::SecretString;
use serde_json::Value;

use crate::{Broken, Property, Seen, Verdict, holds, member};

/// A token counts only with the signature of a key of the ring under its own
/// name and algorithm, with the right type and without critical headers.
///
/// Input: header, line feed, payload, both signed with the key `rs` or `es` of
/// the ring; `!` ahead of the header has the name of the other key's signature
/// under it. Without line feed a token as it is, which nobody has signed.
pub struct OwnTokens {
    ring: Ring,
    keys: [(&'static str, &'static str, IssuerKey); 2],
}

impl Property for OwnTokens {
    const NAME: &'static str = "own_tokens";

    fn new() -> Result<Self, Broken> {
        let keys = [
            ("rs", "RS256", IssuerKey::rsa("rs")?),
            ("es", "ES256", IssuerKey::ec("es")?),
        ];
        let mut entries = vec![entry(Factory.generate(Algorithm::Es256)?, true)];
        for (kid, name, key) in &keys {
            let verifying = NewKey {
                kid: (*kid).to_owned(),
                algorithm: name.parse()?,
                public_jwk: key.public_jwk()?,
                private_pem: SecretString::default(),
            };
            entries.push(entry(verifying, false));
        }
        let ring = Ring::new();
        ring.replace(&entries)?;
        Ok(Self { ring, keys })
    }

    fn check(&self, input: &[u8]) -> Verdict {
        let Some(feed) = input.iter().position(|byte| *byte == b'\n') else {
            let taken = self.read(&String::from_utf8_lossy(input)).is_some();
            holds(!taken, || "a token that nobody signed".to_owned())?;
            return Ok(Seen::Refused);
        };
        let (header, payload) = input.split_at(feed);
        let payload = payload.strip_prefix(b"\n").unwrap_or_default();
        let (header, swapped) = match header.strip_prefix(b"!") {
            Some(header) => (header, true),
            None => (header, false),
        };
        let says: Value = serde_json::from_slice(header).unwrap_or_default();
        let (says_kid, says_alg) = (member(&says, "kid"), member(&says, "alg"));
        let named = |(kid, ..): &&(&str, &str, IssuerKey)| (*says_kid == *kid) != swapped;
        let Some((kid, algorithm, key)) = self.keys.iter().find(named) else {
            return Ok(Seen::Refused);
        };
        let token = key.sign_parts(header, payload)?;
        let Some((token_type, read)) = self.read(&token) else {
            return Ok(Seen::Refused);
        };
        holds(read == payload, || "another payload".to_owned())?;
        holds(*says_kid == *kid, || {
            format!("signed by {kid}, read as {says_kid}")
        })?;
        holds(*says_alg == *algorithm, || format!("taken as {says_alg}"))?;
        holds(says.get("crit").is_none(), || "critical header".to_owned())?;
        let fits = match (says.get("typ").map(Value::as_str), token_type) {
            (None, TokenType::IdToken) => true,
            (Some(Some(typ)), TokenType::IdToken) => typ.eq_ignore_ascii_case("jwt"),
            (Some(Some(typ)), TokenType::AccessToken) => {
                let typ = typ.to_ascii_lowercase();
                typ == "at+jwt" || typ == "application/at+jwt"
            }
            _ => false,
        };
        holds(fits, || format!("taken as {token_type:?}"))?;
        Ok(Seen::Taken)
    }
}

impl OwnTokens {
    /// What the ring takes a token for, and its payload.
    fn read(&self, token: &str) -> Option<(TokenType, Vec<u8>)> {
        [TokenType::AccessToken, TokenType::IdToken]
            .into_iter()
            .find_map(|token_type| {
                let verified = self.ring.verify(token_type, token, Timestamp::MAX).ok()?;
                Some((token_type, verified.payload))
            })
    }
}

fn entry(key: NewKey, is_current: bool) -> SigningKey {
    SigningKey {
        key,
        is_current,
        created_at: Timestamp::MAX,
        expires_at: None,
    }
}
