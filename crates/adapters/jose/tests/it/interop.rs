//! josekit's own signing and verification, an independent way, agrees with
//! ours.

use agentidp_domain::token::{Algorithm, KeyRing, NewKey, TokenType};
use josekit::jwk::Jwk;
use josekit::jws::{ES256, JwsHeader, JwsSigner, JwsVerifier, RS256};
use secrecy::ExposeSecret;

use crate::keys::{EC, PAYLOAD, RSA, at, current, ring_of};

fn verifier(key: &NewKey) -> Box<dyn JwsVerifier> {
    let jwk = Jwk::from_map(key.public_jwk.as_object().unwrap().clone()).unwrap();
    match key.algorithm {
        Algorithm::Rs256 => Box::new(RS256.verifier_from_jwk(&jwk).unwrap()),
        Algorithm::Es256 => Box::new(ES256.verifier_from_jwk(&jwk).unwrap()),
    }
}

fn signer(key: &NewKey) -> Box<dyn JwsSigner> {
    let pem = key.private_pem.expose_secret();
    match key.algorithm {
        Algorithm::Rs256 => Box::new(RS256.signer_from_pem(pem).unwrap()),
        Algorithm::Es256 => Box::new(ES256.signer_from_pem(pem).unwrap()),
    }
}

#[test]
fn josekit_accepts_our_signatures() {
    for key in [&*RSA, &*EC] {
        let token = ring_of(&[current(key)])
            .sign(TokenType::AccessToken, PAYLOAD)
            .unwrap();
        let (payload, header) = josekit::jws::deserialize_compact(&token, &*verifier(key)).unwrap();
        assert_eq!(payload, PAYLOAD);
        assert_eq!(header.token_type(), Some("at+jwt"));
        assert_eq!(header.key_id(), Some(key.kid.as_str()));
    }
}

#[test]
fn we_accept_signatures_of_josekit() {
    for key in [&*RSA, &*EC] {
        let ring = ring_of(&[current(key)]);
        for (typ, token_type) in [
            (Some("at+jwt"), TokenType::AccessToken),
            (Some("Application/AT+JWT"), TokenType::AccessToken),
            (Some("jwt"), TokenType::IdToken),
            (None, TokenType::IdToken),
        ] {
            let mut header = JwsHeader::new();
            header.set_key_id(&key.kid);
            if let Some(typ) = typ {
                header.set_token_type(typ);
            }
            let token = josekit::jws::serialize_compact(PAYLOAD, &header, &*signer(key)).unwrap();
            let verified = ring.verify(token_type, &token, at(1)).unwrap();
            assert_eq!(verified.payload, PAYLOAD, "{typ:?}");
        }
    }
}
