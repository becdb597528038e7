//! Public keys as JWK (RFC 7517, RFC 7518 §6) and their thumbprints
//! (RFC 7638).

use agentidp_domain::token::{Algorithm, KeyError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{HasPublic, Id, PKey, PKeyRef, Public};
use openssl::rsa::Rsa;
use openssl::sha::sha256;
use serde_json::{Map, Value};

const MIN_RSA_BITS: u32 = 2048;

/// The members that make up the public key, in the order of RFC 7638 §3.3.
const fn members(algorithm: Algorithm) -> &'static [&'static str] {
    match algorithm {
        Algorithm::Rs256 => &["e", "kty", "n"],
        Algorithm::Es256 => &["crv", "kty", "x", "y"],
    }
}

/// The algorithm that `key` is for.
pub(crate) fn algorithm_of<T: HasPublic>(key: &PKeyRef<T>) -> Result<Algorithm, KeyError> {
    match key.id() {
        Id::RSA if key.bits() >= MIN_RSA_BITS => Ok(Algorithm::Rs256),
        Id::RSA => Err(KeyError(format!(
            "an RSA key needs at least {MIN_RSA_BITS} bit"
        ))),
        Id::EC => {
            let curve = key.ec_key().map_err(library)?.group().curve_name();
            if curve == Some(Nid::X9_62_PRIME256V1) {
                Ok(Algorithm::Es256)
            } else {
                Err(KeyError("an EC key must be on the curve P-256".to_owned()))
            }
        }
        _ => Err(KeyError(
            "the key is neither an RSA nor an EC key".to_owned(),
        )),
    }
}

/// Reads the public key in `jwk`.
pub(crate) fn public_key(algorithm: Algorithm, jwk: &Value) -> Result<PKey<Public>, KeyError> {
    let key = match algorithm {
        Algorithm::Rs256 => {
            expect(jwk, "kty", "RSA")?;
            let rsa = Rsa::from_public_components(number(jwk, "n")?, number(jwk, "e")?);
            rsa.and_then(PKey::from_rsa).map_err(library)?
        }
        Algorithm::Es256 => {
            expect(jwk, "kty", "EC")?;
            expect(jwk, "crv", "P-256")?;
            let (x, y) = (number(jwk, "x")?, number(jwk, "y")?);
            EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)
                .and_then(|group| EcKey::from_public_key_affine_coordinates(&group, &x, &y))
                .and_then(|key| key.check_key().map(|()| key))
                .and_then(PKey::from_ec_key)
                .map_err(library)?
        }
    };
    algorithm_of(&key)?;
    Ok(key)
}

/// The JWK to publish: the public members and `kid`, `use`, `alg`, whatever
/// else `jwk` holds.
pub(crate) fn published(kid: &str, algorithm: Algorithm, jwk: &Value) -> Result<Value, KeyError> {
    let mut published = Map::new();
    published.insert("kid".to_owned(), kid.into());
    published.insert("use".to_owned(), "sig".into());
    published.insert("alg".to_owned(), algorithm.as_str().into());
    for name in members(algorithm) {
        published.insert((*name).to_owned(), member(jwk, name)?.into());
    }
    Ok(Value::Object(published))
}

/// RFC 7638 thumbprint with SHA-256, base64url.
pub(crate) fn thumbprint(algorithm: Algorithm, jwk: &Value) -> Result<String, KeyError> {
    let mut parts = Vec::new();
    for name in members(algorithm) {
        // `Value` writes the quotes and whatever escapes are needed.
        let value = Value::from(member(jwk, name)?);
        parts.push(format!("\"{name}\":{value}"));
    }
    let canonical = format!("{{{}}}", parts.join(","));
    Ok(URL_SAFE_NO_PAD.encode(sha256(canonical.as_bytes())))
}

/// A failure of OpenSSL as an error of the port.
pub(crate) fn library(error: ErrorStack) -> KeyError {
    KeyError(format!("the key cannot be used: {error}"))
}

fn member<'a>(jwk: &'a Value, name: &str) -> Result<&'a str, KeyError> {
    jwk.get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| KeyError(format!("the JWK has no text member `{name}`")))
}

fn expect(jwk: &Value, name: &str, wanted: &str) -> Result<(), KeyError> {
    if member(jwk, name)? == wanted {
        Ok(())
    } else {
        Err(KeyError(format!("`{name}` of the JWK is not `{wanted}`")))
    }
}

fn number(jwk: &Value, name: &str) -> Result<BigNum, KeyError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(member(jwk, name)?)
        .map_err(|_| KeyError(format!("`{name}` of the JWK is not base64url")))?;
    BigNum::from_slice(&bytes).map_err(library)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The example of RFC 7638 §3.1.
    fn rfc_example() -> Value {
        json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29",
        })
    }

    #[test]
    fn thumbprint_of_the_rfc_example() {
        assert_eq!(
            thumbprint(Algorithm::Rs256, &rfc_example()).unwrap(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    #[test]
    fn only_public_members_are_published() {
        let mut jwk = rfc_example();
        jwk["d"] = "private".into();
        let published = published("k", Algorithm::Rs256, &jwk).unwrap();
        let mut names: Vec<_> = published.as_object().unwrap().keys().cloned().collect();
        names.sort();
        assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(published["kid"], "k");
        assert_eq!(published["use"], "sig");
    }

    #[test]
    fn reads_what_fits_the_algorithm_only() {
        assert!(public_key(Algorithm::Rs256, &rfc_example()).is_ok());
        assert!(public_key(Algorithm::Es256, &rfc_example()).is_err());
        let short = json!({"kty": "RSA", "n": "0vx7agoebGcQSuuPiLJXZQ", "e": "AQAB"});
        let error = public_key(Algorithm::Rs256, &short).unwrap_err();
        assert!(error.0.contains("2048"), "{error}");
    }

    #[test]
    fn a_point_off_the_curve_is_refused() {
        // The point of RFC 7515 appendix A.3, with the last digit of y changed.
        let on = json!({
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        });
        assert!(public_key(Algorithm::Es256, &on).is_ok());
        let mut off = on;
        off["y"] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4".into();
        assert!(public_key(Algorithm::Es256, &off).is_err());
    }
}
