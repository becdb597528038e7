//! Tokens and key sets of others.

use agentidp_domain::foreign::{ForeignTokenError, ForeignTokens as _};
use agentidp_jose::ForeignVerifier;
use agentidp_testkit::issuer::IssuerKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::{Broken, Property, Seen, Verdict, holds, member};

/// A foreign token counts only with the signature of a key of the set that is
/// for signatures, under the right algorithm; its claims are those that were
/// signed, none of them twice.
///
/// Input: three lines, header, payload, and members that are put into the
/// published key. Header and payload are signed with the key whose algorithm the
/// header names. A single line is a token as it is.
pub struct ForeignTokens {
    keys: [(&'static str, IssuerKey); 2],
}

impl Property for ForeignTokens {
    const NAME: &'static str = "foreign_tokens";

    fn new() -> Result<Self, Broken> {
        Ok(Self {
            keys: [
                ("RS256", IssuerKey::rsa("k")?),
                ("ES256", IssuerKey::ec("k")?),
            ],
        })
    }

    fn check(&self, input: &[u8]) -> Verdict {
        let mut lines = input.splitn(3, |byte| *byte == b'\n');
        let header = lines.next().unwrap_or_default();
        let Some(payload) = lines.next() else {
            return self.unsigned(&String::from_utf8_lossy(header));
        };
        let says: Value = serde_json::from_slice(header).unwrap_or_default();
        let named = |(algorithm, _): &&(&str, IssuerKey)| *member(&says, "alg") == *algorithm;
        let Some((algorithm, key)) = self.keys.iter().find(named) else {
            return Ok(Seen::Refused);
        };
        let token = key.sign_parts(header, payload)?;
        let genuine = key.public_jwk()?;
        let jwk = changed(&genuine, lines.next().unwrap_or_default());
        let set = json!({ "keys": [jwk] });
        let parsed = ForeignVerifier.parse(&token);
        let verified = ForeignVerifier.verify(&token, &set);
        holds(
            parsed.is_err() == (verified == Err(ForeignTokenError::Malformed)),
            || format!("parsed {parsed:?}, verified {verified:?}"),
        )?;
        if verified.is_err() {
            return Ok(Seen::Refused);
        }
        let claims: Value = serde_json::from_slice(payload)?;
        holds(parsed?.claims.into_json() == claims, || {
            "other claims".to_owned()
        })?;
        is_for_signatures(&jwk, &genuine, algorithm)?;
        Ok(Seen::Taken)
    }
}

impl ForeignTokens {
    fn unsigned(&self, token: &str) -> Verdict {
        let mut jwks = Vec::new();
        for (_, key) in &self.keys {
            jwks.push(key.public_jwk()?);
        }
        let verified = ForeignVerifier.verify(token, &json!({ "keys": jwks }));
        holds(verified.is_err(), || {
            "a token that nobody signed".to_owned()
        })?;
        // The line may be a key set as well, of anybody's keys.
        if let Ok(set) = serde_json::from_str(token) {
            let (_, key) = self.keys.first().ok_or("no key")?;
            let token = key.sign(&json!({}))?;
            let verified = ForeignVerifier.verify(&token, &set);
            holds(verified.is_err(), || {
                "a key that nobody published".to_owned()
            })?;
        }
        Ok(Seen::Refused)
    }
}

/// The key with these members in it.
fn changed(jwk: &Value, members: &[u8]) -> Value {
    let mut jwk = jwk.clone();
    let members: Map<String, Value> = serde_json::from_slice(members).unwrap_or_default();
    if let Some(own) = jwk.as_object_mut() {
        own.extend(members);
    }
    jwk
}

/// RFC 7517 §4: what the key of an accepted token says of itself.
fn is_for_signatures(jwk: &Value, genuine: &Value, algorithm: &str) -> Result<(), Broken> {
    let same = |name: &str| match number(genuine, name) {
        None => true,
        wanted => number(jwk, name) == wanted,
    };
    let kind = member(jwk, "kty") == member(genuine, "kty");
    holds(kind && ["n", "e", "x", "y"].into_iter().all(same), || {
        "another key".to_owned()
    })?;
    let (usage, named) = (member(jwk, "use"), member(jwk, "alg"));
    holds(*usage == "sig" && *named == algorithm, || {
        format!("a key for {usage} {named}")
    })?;
    holds(
        ["d", "k"].iter().all(|name| jwk.get(name).is_none()),
        || "a private key".to_owned(),
    )?;
    let verifies = jwk
        .get("key_ops")
        .is_none_or(|operations| operations.to_string().contains("\"verify\""));
    holds(verifies, || "a key for something else".to_owned())
}

/// The bytes of a number without the zeros in front of it, which change nothing.
fn number(jwk: &Value, name: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok()?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}
