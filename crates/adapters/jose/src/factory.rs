//! New keys: generated or imported.

use agentidp_domain::token::{Algorithm, KeyError, KeyFactory, NewKey};
use josekit::JoseError;
use josekit::jwk::KeyPair;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use openssl::pkey::{PKey, Private};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::jwk::{algorithm_of, library, published, thumbprint};
use crate::jws::private_key;
use crate::signature::{PrivateKey, PublicKey};

const RSA_BITS: u32 = 2048;

/// Makes signing keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct Factory;

impl KeyFactory for Factory {
    fn generate(&self, algorithm: Algorithm) -> Result<NewKey, KeyError> {
        let pair: Box<dyn KeyPair> = match algorithm {
            Algorithm::Rs256 => Box::new(RsaKeyPair::generate(RSA_BITS).map_err(format)?),
            Algorithm::Es256 => Box::new(EcKeyPair::generate(EcCurve::P256).map_err(format)?),
        };
        new_key(algorithm, &*pair)
    }

    fn import(
        &self,
        private_pem: &SecretString,
        public_pem: Option<&str>,
    ) -> Result<NewKey, KeyError> {
        let private = private_key(private_pem.expose_secret())?;
        let algorithm = algorithm_of(&private)?;
        check(algorithm, &private)?;
        if let Some(pem) = public_pem {
            let public = PKey::public_key_from_pem(pem.as_bytes())
                .map_err(|_| KeyError("the public key is not a PEM key".to_owned()))?;
            if !private.public_eq(&public) {
                return Err(KeyError(
                    "the public key does not belong to the private key".to_owned(),
                ));
            }
        }
        let pkcs8 = SecretString::from(text(private.private_key_to_pem_pkcs8().map_err(library)?)?);
        let pem = pkcs8.expose_secret();
        let pair: Box<dyn KeyPair> = match algorithm {
            Algorithm::Rs256 => Box::new(RsaKeyPair::from_pem(pem).map_err(format)?),
            Algorithm::Es256 => {
                Box::new(EcKeyPair::from_pem(pem, Some(EcCurve::P256)).map_err(format)?)
            }
        };
        new_key(algorithm, &*pair)
    }
}

/// What the signature of a new key is tried with.
const PROBE: &[u8] = b"AgentIdP";

/// Refuses keys whose numbers do not fit together, which would sign what nobody
/// can verify, and those that the ring could not load: RSA of more than 8192 bit,
/// or with a public exponent of more than 33.
fn check(algorithm: Algorithm, key: &PKey<Private>) -> Result<(), KeyError> {
    let sound = match algorithm {
        Algorithm::Rs256 => key.rsa().and_then(|rsa| rsa.check_key()),
        Algorithm::Es256 => key.ec_key().and_then(|ec| ec.check_key()).map(|()| true),
    };
    let public = PublicKey::new(algorithm, key)?;
    let signature = PrivateKey::new(algorithm, key)?.sign(PROBE);
    let verifies = signature.is_ok_and(|signature| public.verifies(PROBE, &signature));
    if sound.map_err(library)? && verifies {
        Ok(())
    } else {
        Err(KeyError("the private key is damaged".to_owned()))
    }
}

fn new_key(algorithm: Algorithm, pair: &dyn KeyPair) -> Result<NewKey, KeyError> {
    let jwk = Value::Object(pair.to_jwk_public_key().into());
    let kid = thumbprint(algorithm, &jwk)?;
    let public_jwk = published(&kid, algorithm, &jwk)?;
    Ok(NewKey {
        kid,
        algorithm,
        public_jwk,
        private_pem: SecretString::from(text(pair.to_pem_private_key())?),
    })
}

fn text(pem: Vec<u8>) -> Result<String, KeyError> {
    String::from_utf8(pem).map_err(|_| KeyError("PEM that is no text".to_owned()))
}

fn format(error: JoseError) -> KeyError {
    KeyError(format!("the key cannot be made or read: {error}"))
}
