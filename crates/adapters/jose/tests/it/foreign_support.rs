//! Tokens with any header, and the key sets around them.

use agentidp_domain::foreign::{ForeignTokenError, ForeignTokens};
use agentidp_domain::token::{Algorithm, NewKey};
use agentidp_jose::ForeignVerifier;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

pub fn private(key: &NewKey) -> PKey<Private> {
    PKey::private_key_from_pem(key.private_pem.expose_secret().as_bytes()).unwrap()
}

/// The header that fits the key.
pub fn header(key: &NewKey) -> Value {
    json!({"alg": key.algorithm.as_str(), "kid": key.kid, "typ": "JWT"})
}

/// A token with this header and payload, whatever they are, and the sound
/// signature of `key`.
pub fn signed(key: &NewKey, header: &str, payload: &[u8]) -> String {
    let signed = [header.as_bytes(), payload]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".");
    let signature = signature(key.algorithm, &private(key), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A signature in the form of `algorithm`.
pub fn signature(algorithm: Algorithm, key: &PKey<Private>, data: &[u8]) -> Vec<u8> {
    let mut signer = Signer::new(MessageDigest::sha256(), key).unwrap();
    let signature = signer.sign_oneshot_to_vec(data).unwrap();
    match algorithm {
        Algorithm::Rs256 => signature,
        Algorithm::Es256 => {
            let pair = EcdsaSig::from_der(&signature).unwrap();
            [pair.r(), pair.s()]
                .map(|number| number.to_vec_padded(32).unwrap())
                .concat()
        }
    }
}

/// A sound token of `key` with another payload.
pub fn token(key: &NewKey, payload: &[u8]) -> String {
    signed(key, &header(key).to_string(), payload)
}

/// The public JWK of an RSA key of any size.
pub fn rsa_jwk(key: &Rsa<Private>, kid: &str) -> Value {
    json!({
        "kty": "RSA",
        "kid": kid,
        "n": URL_SAFE_NO_PAD.encode(key.n().to_vec()),
        "e": URL_SAFE_NO_PAD.encode(key.e().to_vec()),
    })
}

/// The public JWK with one member changed; `null` removes it.
pub fn with(key: &NewKey, name: &str, value: Value) -> Value {
    let mut jwk = key.public_jwk.clone();
    if value.is_null() {
        jwk.as_object_mut().unwrap().remove(name);
    } else {
        jwk[name] = value;
    }
    jwk
}

pub fn set(keys: &[Value]) -> Value {
    json!({ "keys": keys })
}

pub fn set_of(keys: &[&NewKey]) -> Value {
    set(&keys
        .iter()
        .map(|key| key.public_jwk.clone())
        .collect::<Vec<_>>())
}

pub fn verdict(token: &str, set: &Value) -> Result<(), ForeignTokenError> {
    ForeignVerifier.verify(token, set)
}
