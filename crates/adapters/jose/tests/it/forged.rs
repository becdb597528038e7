//! Tokens that must not be accepted, and why they are not.

use agentidp_domain::token::{KeyRing, TokenType, VerifyError};
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use josekit::jws::{HS256, JwsHeader};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::keys::{EC, OTHER_EC, OTHER_RSA, PAYLOAD, RSA, at, current, ring_of};

const ACCESS: TokenType = TokenType::AccessToken;

fn verdict(token: &str) -> VerifyError {
    let ring = ring_of(&[current(&RSA), other_ec_as_next()]);
    ring.verify(ACCESS, token, at(1)).map(|_| ()).unwrap_err()
}

fn other_ec_as_next() -> agentidp_domain::token::SigningKey {
    agentidp_domain::token::SigningKey {
        is_current: false,
        ..current(&EC)
    }
}

fn genuine() -> String {
    ring_of(&[current(&RSA)]).sign(ACCESS, PAYLOAD).unwrap()
}

/// The genuine token with another header; `None` removes a member.
fn with_header(change: &[(&str, Option<Value>)]) -> String {
    let mut header = json!({"alg": "RS256", "typ": "at+jwt", "kid": RSA.kid});
    for (name, value) in change {
        match value {
            Some(value) => header[*name] = value.clone(),
            None => drop(header.as_object_mut().unwrap().remove(*name)),
        }
    }
    with_raw_header(&header.to_string())
}

fn with_raw_header(header: &str) -> String {
    let token = genuine();
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header))
}

#[test]
fn the_genuine_token_is_accepted() {
    let ring = ring_of(&[current(&RSA), other_ec_as_next()]);
    assert!(ring.verify(ACCESS, &genuine(), at(1)).is_ok());
}

#[test]
fn algorithm_none_is_refused_with_and_without_signature() {
    for alg in ["none", "None", "NONE"] {
        let token = with_header(&[("alg", Some(json!(alg)))]);
        assert_eq!(verdict(&token), VerifyError::BadSignature);
        let (unsigned, _) = token.rsplit_once('.').unwrap();
        assert_eq!(verdict(&format!("{unsigned}.")), VerifyError::BadSignature);
    }
}

#[test]
fn an_hmac_keyed_with_the_public_key_is_refused() {
    let private = PKey::private_key_from_pem(RSA.private_pem.expose_secret().as_bytes()).unwrap();
    let mut header = JwsHeader::new();
    header.set_token_type("at+jwt");
    header.set_key_id(&RSA.kid);
    for secret in [
        private.public_key_to_pem().unwrap(),
        private.public_key_to_der().unwrap(),
        RSA.public_jwk.to_string().into_bytes(),
    ] {
        let signer = HS256.signer_from_bytes(&secret).unwrap();
        let token = josekit::jws::serialize_compact(PAYLOAD, &header, &signer).unwrap();
        assert_eq!(verdict(&token), VerifyError::BadSignature);
    }
}

#[test]
fn the_algorithm_must_be_that_of_the_key() {
    for alg in ["ES256", "RS384", "PS256", "HS256", "rs256", "EdDSA", ""] {
        let token = with_header(&[("alg", Some(json!(alg)))]);
        assert_eq!(verdict(&token), VerifyError::BadSignature, "{alg}");
    }
    // An algorithm that no ring can hold is not even a question of the key.
    let token = with_header(&[
        ("alg", Some(json!("none"))),
        ("kid", Some(json!("unknown"))),
    ]);
    assert_eq!(verdict(&token), VerifyError::BadSignature);
}

#[test]
fn a_sound_signature_under_the_name_of_another_algorithm_is_refused() {
    // The EC key's own signature in DER, which OpenSSL would take from any
    // header that does not lead to the form of ES256.
    let header = json!({"alg": "RS256", "typ": "at+jwt", "kid": EC.kid});
    let signed = [header.to_string().as_bytes(), PAYLOAD]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".");
    let key = PKey::private_key_from_pem(EC.private_pem.expose_secret().as_bytes()).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    let signature = signer.sign_oneshot_to_vec(signed.as_bytes()).unwrap();
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_eq!(verdict(&token), VerifyError::BadSignature);
}

#[test]
fn a_kid_outside_the_ring_is_an_unknown_key() {
    for kid in ["", "unknown", &format!("{} ", RSA.kid)] {
        let token = with_header(&[("kid", Some(json!(kid)))]);
        assert_eq!(verdict(&token), VerifyError::UnknownKey, "{kid}");
    }
}

#[test]
fn the_signature_of_another_key_is_refused() {
    for (key, name) in [(&*OTHER_RSA, &*RSA), (&*OTHER_EC, &*EC)] {
        // A foreign key under the name of ours.
        let mut impostor = key.clone();
        impostor.kid.clone_from(&name.kid);
        let token = ring_of(&[current(&impostor)])
            .sign(ACCESS, PAYLOAD)
            .unwrap();
        assert_eq!(verdict(&token), VerifyError::BadSignature);
    }
    let token = with_header(&[("kid", Some(json!(EC.kid))), ("alg", Some(json!("ES256")))]);
    assert_eq!(verdict(&token), VerifyError::BadSignature);
}

#[test]
fn every_altered_part_breaks_the_signature() {
    let token = genuine();
    let parts: Vec<&str> = token.split('.').collect();
    let payload = URL_SAFE_NO_PAD.encode(br#"{"sub":"other","exp":1}"#);
    let altered = format!("{}.{payload}.{}", parts[0], parts[2]);
    assert_eq!(verdict(&altered), VerifyError::BadSignature);

    let mut signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    signature[0] ^= 1;
    let signature = URL_SAFE_NO_PAD.encode(signature);
    let altered = format!("{}.{}.{signature}", parts[0], parts[1]);
    assert_eq!(verdict(&altered), VerifyError::BadSignature);

    let header = with_header(&[("jku", Some(json!("https://attacker.example/keys")))]);
    assert_eq!(verdict(&header), VerifyError::BadSignature);
}

#[test]
fn an_es256_signature_of_wrong_length_or_of_zeros_is_refused() {
    let ring = ring_of(&[current(&EC)]);
    let token = ring.sign(ACCESS, PAYLOAD).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let der = openssl::ecdsa::EcdsaSig::from_private_components(
        openssl::bn::BigNum::from_slice(&raw[..32]).unwrap(),
        openssl::bn::BigNum::from_slice(&raw[32..]).unwrap(),
    )
    .unwrap()
    .to_der()
    .unwrap();
    for signature in [vec![], vec![0; 64], vec![255; 64], raw[..63].to_vec(), der] {
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        assert_eq!(
            ring.verify(ACCESS, &token, at(1)).unwrap_err(),
            VerifyError::BadSignature
        );
    }
}

#[test]
fn only_three_segments_of_unpadded_base64url_are_a_token() {
    let token = genuine();
    let parts: Vec<&str> = token.split('.').collect();
    let padded = |part: &str| URL_SAFE.encode(URL_SAFE_NO_PAD.decode(part).unwrap());
    assert!(padded(parts[2]).ends_with('='));
    for broken in [
        String::new(),
        "..".to_owned(),
        parts[0].to_owned(),
        format!("{}.{}", parts[0], parts[1]),
        format!("{token}."),
        format!("{token}.{}", parts[2]),
        format!(".{token}"),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{}.{}.{}", parts[0], parts[1], padded(parts[2])),
        format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        format!("{}.{}+.{}", parts[0], parts[1], parts[2]),
    ] {
        assert_eq!(verdict(&broken), VerifyError::Malformed, "{broken}");
    }
}

#[test]
fn unused_bits_of_the_last_character_must_be_zero() {
    // 256 bytes leave four unused bits, so the text ends in A, Q, g or w.
    let mut token = genuine();
    let last = token.pop().unwrap();
    token.push(char::from(u8::try_from(last).unwrap() + 1));
    assert_eq!(verdict(&token), VerifyError::Malformed);
}

#[test]
fn the_header_must_be_an_object_with_its_three_members() {
    let kid = &RSA.kid;
    for header in [
        "",
        "x",
        "null",
        "\"RS256\"",
        "[]",
        &format!(r#"["RS256","{kid}","at+jwt"]"#),
        &format!(r#"{{"alg":"RS256","kid":"{kid}","typ":"at+jwt"}} x"#),
        &format!(r#"{{"alg":"RS256","alg":"RS256","kid":"{kid}","typ":"at+jwt"}}"#),
    ] {
        assert_eq!(
            verdict(&with_raw_header(header)),
            VerifyError::Malformed,
            "{header}"
        );
    }
    for name in ["alg", "kid", "typ"] {
        for value in [None, Some(Value::Null), Some(json!(1)), Some(json!(["x"]))] {
            let token = with_header(&[(name, value.clone())]);
            assert_eq!(verdict(&token), VerifyError::Malformed, "{name}: {value:?}");
        }
    }
}

#[test]
fn critical_headers_are_not_understood() {
    for crit in [json!(["b64"]), json!([]), Value::Null, json!("exp")] {
        let token = with_header(&[("crit", Some(crit))]);
        assert_eq!(verdict(&token), VerifyError::Malformed);
    }
}

#[test]
fn other_types_are_refused_and_both_forms_of_the_own_are_known() {
    for typ in ["JWT", "", "at+jwt ", "application/jwt", "dpop+jwt"] {
        let token = with_header(&[("typ", Some(json!(typ)))]);
        assert_eq!(verdict(&token), VerifyError::Malformed, "{typ}");
    }
    // These are the own type, but the signature covers another header.
    for typ in ["AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        let token = with_header(&[("typ", Some(json!(typ)))]);
        assert_eq!(verdict(&token), VerifyError::BadSignature, "{typ}");
    }
    let untyped = with_header(&[("typ", None)]);
    let ring = ring_of(&[current(&RSA)]);
    let id_token = ring.verify(TokenType::IdToken, &untyped, at(1));
    assert_eq!(id_token.unwrap_err(), VerifyError::BadSignature);
}

#[test]
fn a_token_beyond_16_kib_is_refused_however_genuine() {
    let ring = ring_of(&[current(&EC)]);
    let of_length = |claims: usize| {
        let payload = format!("{{\"x\":\"{}\"}}", "a".repeat(claims));
        ring.sign(ACCESS, payload.as_bytes()).unwrap()
    };
    let long = of_length(12_300);
    assert!(long.len() > 16 * 1024, "{}", long.len());
    assert_eq!(
        ring.verify(ACCESS, &long, at(1)).unwrap_err(),
        VerifyError::Malformed
    );
    let short = of_length(12_000);
    assert!(short.len() <= 16 * 1024);
    assert!(ring.verify(ACCESS, &short, at(1)).is_ok());
}
