//! The key ring of a replica.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use agentidp_domain::time::Timestamp;
use agentidp_domain::token::{
    Algorithm, KeyError, KeyRing, SignError, SigningKey, TokenType, VerifiedToken, VerifyError,
};
use arc_swap::ArcSwap;
use serde_json::{Value, json};

use crate::jwk;
use crate::jws::{Compact, Signer};
use crate::known::Known;
use crate::signature::PublicKey;

/// Keys parsed and ready to use; replaced as a whole, read without a lock.
#[derive(Default)]
pub struct Ring {
    keys: ArcSwap<Keys>,
}

#[derive(Default)]
struct Keys {
    by_kid: HashMap<String, Entry>,
    signer: Option<Signer>,
    known: Arc<Known>,
    /// The keys as published, in the order in which they came.
    published: Vec<(Option<Timestamp>, Value)>,
}

struct Entry {
    algorithm: Algorithm,
    key: PublicKey,
    expires_at: Option<Timestamp>,
}

impl Ring {
    /// A ring without keys: it signs and accepts nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").finish_non_exhaustive()
    }
}

impl Keys {
    fn add(&mut self, entry: &SigningKey) -> Result<(), KeyError> {
        let algorithm = entry.key.algorithm;
        let key = jwk::public_key(algorithm, &entry.key.public_jwk)?;
        if entry.is_current {
            if self.signer.is_some() {
                return Err(KeyError("the ring has two current keys".to_owned()));
            }
            self.signer = Some(Signer::new(&entry.key, &key)?);
        }
        let published = jwk::published(&entry.key.kid, algorithm, &entry.key.public_jwk)?;
        self.published.push((entry.expires_at, published));
        let entry_of_kid = Entry {
            algorithm,
            key: PublicKey::new(algorithm, &key)?,
            expires_at: entry.expires_at,
        };
        match self.by_kid.insert(entry.key.kid.clone(), entry_of_kid) {
            None => Ok(()),
            Some(_) => Err(KeyError(
                "two keys of the ring have the same kid".to_owned(),
            )),
        }
    }

    /// Whether both verify the same signatures; anybody can have the ring read
    /// again, by a `kid` that does not exist.
    fn has_keys_of(&self, other: &Self) -> bool {
        let own = self.published.iter().map(|(_, jwk)| jwk);
        own.eq(other.published.iter().map(|(_, jwk)| jwk))
    }
}

/// Whether a key that ends at `expires_at` may still be used at `now`.
fn usable(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_none_or(|end| now < end)
}

impl KeyRing for Ring {
    fn replace(&self, keys: &[SigningKey]) -> Result<(), KeyError> {
        let mut new = Keys::default();
        for entry in keys {
            new.add(entry)
                .map_err(|error| KeyError(format!("key {}: {error}", entry.key.kid)))?;
        }
        if new.signer.is_none() {
            return Err(KeyError("the ring has no current key".to_owned()));
        }
        let old = self.keys.load();
        if new.has_keys_of(&old) {
            new.known = Arc::clone(&old.known);
        }
        self.keys.store(Arc::new(new));
        Ok(())
    }

    fn sign(&self, token_type: TokenType, payload: &[u8]) -> Result<String, SignError> {
        match &self.keys.load().signer {
            Some(signer) => signer.sign(token_type, payload),
            None => Err(SignError("the key ring is empty".to_owned())),
        }
    }

    fn verify(
        &self,
        token_type: TokenType,
        token: &str,
        now: Timestamp,
    ) -> Result<VerifiedToken, VerifyError> {
        let text = token;
        let token = Compact::parse(text)?;
        if !token.is(token_type) {
            return Err(VerifyError::Malformed);
        }
        // Ahead of the key, so that junk never counts as an unknown key.
        let algorithm = token.algorithm().ok_or(VerifyError::BadSignature)?;
        let keys = self.keys.load();
        let entry = keys
            .by_kid
            .get(token.kid())
            .filter(|entry| usable(entry.expires_at, now))
            .ok_or(VerifyError::UnknownKey)?;
        if algorithm != entry.algorithm {
            return Err(VerifyError::BadSignature);
        }
        if !keys
            .known
            .or_verify(text, || token.is_signed_by(&entry.key))
        {
            return Err(VerifyError::BadSignature);
        }
        Ok(VerifiedToken {
            payload: token.into_payload(),
        })
    }

    fn jwks(&self, now: Timestamp) -> Value {
        let keys = self.keys.load();
        let usable: Vec<&Value> = keys
            .published
            .iter()
            .filter(|(expires_at, _)| usable(*expires_at, now))
            .map(|(_, jwk)| jwk)
            .collect();
        json!({ "keys": usable })
    }
}
