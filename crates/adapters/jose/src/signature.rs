//! Signatures over bytes, made and checked with keys that are parsed once.
//!
//! AWS-LC does the arithmetic: it signs and verifies on P-256 in about half of
//! the time that OpenSSL 3 takes, which matters to every request. Its ECDSA
//! signatures are the two numbers side by side, as RFC 7518 §3.4 wants them.

use std::fmt;

use agentidp_domain::token::{Algorithm, KeyError, SignError};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, VerificationAlgorithm,
};
use openssl::pkey::{HasPublic, PKeyRef, Private};
use zeroize::Zeroizing;

use crate::jwk::library;

/// A private key that signs.
pub(crate) enum PrivateKey {
    /// RFC 7518 §3.3.
    Rs256(rsa::KeyPair),
    /// RFC 7518 §3.4.
    Es256(EcdsaKeyPair),
}

impl PrivateKey {
    /// Takes over a key of OpenSSL.
    pub(crate) fn new(algorithm: Algorithm, key: &PKeyRef<Private>) -> Result<Self, KeyError> {
        let pkcs8 = Zeroizing::new(key.private_key_to_pkcs8().map_err(library)?);
        let read = match algorithm {
            Algorithm::Rs256 => rsa::KeyPair::from_pkcs8(&pkcs8).map(Self::Rs256),
            Algorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).map(Self::Es256)
            }
        };
        read.map_err(|error| KeyError(format!("the private key cannot be used: {error}")))
    }

    /// The signature of `data`.
    pub(crate) fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        let signed = match self {
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, data, &mut signature)
                    .map(|()| signature)
            }
            Self::Es256(key) => key
                .sign(&random, data)
                .map(|signature| signature.as_ref().to_vec()),
        };
        signed.map_err(|_| SignError("the crypto library failed".to_owned()))
    }
}

/// A public key that verifies signatures of one algorithm.
pub(crate) struct PublicKey(ParsedPublicKey);

impl PublicKey {
    /// Takes over a key of OpenSSL.
    pub(crate) fn new<T: HasPublic>(
        algorithm: Algorithm,
        key: &PKeyRef<T>,
    ) -> Result<Self, KeyError> {
        let verification: &'static dyn VerificationAlgorithm = match algorithm {
            Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
            Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
        };
        let spki = key.public_key_to_der().map_err(library)?;
        ParsedPublicKey::new(verification, &spki)
            .map(Self)
            .map_err(|error| KeyError(format!("the public key cannot be used: {error}")))
    }

    /// Whether the private half made `signature` over `data`.
    pub(crate) fn verifies(&self, data: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(data, signature).is_ok()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}
