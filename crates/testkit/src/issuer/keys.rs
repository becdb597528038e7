//! Keys of a foreign issuer and what is signed with them.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use serde_json::{Value, json};

/// A key pair with the name under which it is published.
#[derive(Clone)]
pub struct IssuerKey {
    kid: String,
    pair: PKey<Private>,
}

impl IssuerKey {
    /// RSA, 2048 bit (RS256).
    ///
    /// # Errors
    ///
    /// When the key cannot be made.
    pub fn rsa(kid: &str) -> io::Result<Self> {
        Ok(Self {
            kid: kid.to_owned(),
            pair: PKey::from_rsa(Rsa::generate(2048)?)?,
        })
    }

    /// EC, P-256 (ES256).
    ///
    /// # Errors
    ///
    /// When the key cannot be made.
    pub fn ec(kid: &str) -> io::Result<Self> {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        Ok(Self {
            kid: kid.to_owned(),
            pair: PKey::from_ec_key(EcKey::generate(&group)?)?,
        })
    }

    /// The same pair under another name.
    #[must_use]
    pub fn renamed(&self, kid: &str) -> Self {
        Self {
            kid: kid.to_owned(),
            pair: self.pair.clone(),
        }
    }

    fn algorithm(&self) -> &'static str {
        if self.pair.id() == Id::RSA {
            "RS256"
        } else {
            "ES256"
        }
    }

    /// The public key as a JWK (RFC 7517).
    ///
    /// # Errors
    ///
    /// When the key cannot be read.
    pub fn public_jwk(&self) -> io::Result<Value> {
        let mut jwk = json!({ "kid": self.kid, "use": "sig", "alg": self.algorithm() });
        let members = if self.pair.id() == Id::RSA {
            let rsa = self.pair.rsa()?;
            json!({
                "kty": "RSA",
                "n": URL_SAFE_NO_PAD.encode(rsa.n().to_vec()),
                "e": URL_SAFE_NO_PAD.encode(rsa.e().to_vec()),
            })
        } else {
            let key = self.pair.ec_key()?;
            let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
            let mut context = BigNumContext::new()?;
            key.public_key()
                .affine_coordinates(key.group(), &mut x, &mut y, &mut context)?;
            let padded = |n: &BigNum| n.to_vec_padded(32).map(|n| URL_SAFE_NO_PAD.encode(n));
            json!({ "kty": "EC", "crv": "P-256", "x": padded(&x)?, "y": padded(&y)? })
        };
        if let (Some(jwk), Value::Object(members)) = (jwk.as_object_mut(), members) {
            jwk.extend(members);
        }
        Ok(jwk)
    }

    /// A token with these claims.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn sign(&self, claims: &Value) -> io::Result<String> {
        let header = json!({ "alg": self.algorithm(), "typ": "JWT", "kid": self.kid });
        self.sign_with(&header, claims)
    }

    /// A token with this header, whatever it says, signed in the way that
    /// belongs to the key.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn sign_with(&self, header: &Value, claims: &Value) -> io::Result<String> {
        self.sign_parts(header.to_string().as_bytes(), claims.to_string().as_bytes())
    }

    /// A token with these bytes as header and payload, whatever they are.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn sign_parts(&self, header: &[u8], payload: &[u8]) -> io::Result<String> {
        let data = signing_input(header, payload);
        let mut signer = Signer::new(MessageDigest::sha256(), &self.pair)?;
        let mut signature = signer.sign_oneshot_to_vec(data.as_bytes())?;
        if self.pair.id() == Id::EC {
            let pair = EcdsaSig::from_der(&signature)?;
            signature = pair.r().to_vec_padded(32)?;
            signature.extend(pair.s().to_vec_padded(32)?);
        }
        Ok(format!("{data}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// A token that says `"alg": "none"` and has no signature.
#[must_use]
pub fn unsigned(claims: &Value) -> String {
    let header = json!({ "alg": "none", "typ": "JWT" });
    let (header, claims) = (header.to_string(), claims.to_string());
    format!("{}.", signing_input(header.as_bytes(), claims.as_bytes()))
}

fn signing_input(header: &[u8], payload: &[u8]) -> String {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    format!("{}.{}", part(header), part(payload))
}
