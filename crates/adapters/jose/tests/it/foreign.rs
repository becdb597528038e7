//! Tokens that others issued: which are read, which are accepted.

use agentidp_domain::foreign::{ForeignTokenError, ForeignTokens};
use agentidp_domain::token::{Algorithm, NewKey};
use agentidp_jose::ForeignVerifier;
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use josekit::jws::{ES256, HS256, JwsHeader, JwsSigner, RS256};
use openssl::hash::MessageDigest;
use openssl::sign::Signer;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::foreign_support::{header, private, set_of, signature, signed, token, verdict};
use crate::keys::{EC, OTHER_EC, OTHER_RSA, RSA};

const MALFORMED: Result<(), ForeignTokenError> = Err(ForeignTokenError::Malformed);
const BAD: Result<(), ForeignTokenError> = Err(ForeignTokenError::BadSignature);

const PAYLOAD: &[u8] = br#"{"iss":"https://idp.example","sub":"agent","exp":4102444800}"#;

fn good_set() -> Value {
    set_of(&[&RSA, &EC])
}

/// What becomes of a token with a sound signature under this header, when it
/// is taken apart and when it is verified.
fn with_header(key: &NewKey, change: impl FnOnce(&mut Value)) -> Result<(), ForeignTokenError> {
    let mut header = header(key);
    change(&mut header);
    both(&signed(key, &header.to_string(), PAYLOAD))
}

/// Taking apart and verifying must agree on what is malformed.
fn both(token: &str) -> Result<(), ForeignTokenError> {
    let verdict = verdict(token, &good_set());
    let parsed = ForeignVerifier.parse(token).map(|_| ());
    assert_eq!(verdict == MALFORMED, parsed == MALFORMED, "{token}");
    verdict
}

#[test]
fn tokens_of_both_algorithms_are_accepted() {
    for key in [&*RSA, &*EC] {
        assert_eq!(both(&token(key, PAYLOAD)), Ok(()));
    }
}

#[test]
fn tokens_that_josekit_signed_are_accepted() {
    let signers: [(&NewKey, Box<dyn JwsSigner>); 2] = [
        (
            &RSA,
            Box::new(
                RS256
                    .signer_from_pem(RSA.private_pem.expose_secret())
                    .unwrap(),
            ),
        ),
        (
            &EC,
            Box::new(
                ES256
                    .signer_from_pem(EC.private_pem.expose_secret())
                    .unwrap(),
            ),
        ),
    ];
    for (key, signer) in signers {
        let mut header = JwsHeader::new();
        header.set_key_id(&key.kid);
        let token = josekit::jws::serialize_compact(PAYLOAD, &header, &*signer).unwrap();
        assert_eq!(both(&token), Ok(()));
    }
}

#[test]
fn a_token_is_taken_apart_without_any_key() {
    let token = ForeignVerifier.parse(&token(&EC, PAYLOAD)).unwrap();
    assert_eq!(token.algorithm, Some(Algorithm::Es256));
    assert_eq!(token.key_id.as_deref(), Some(EC.kid.as_str()));
    assert_eq!(token.claims.text("iss"), Some("https://idp.example"));
    let claims: Value = serde_json::from_slice(PAYLOAD).unwrap();
    assert_eq!(token.claims.into_json(), claims);

    let bare = signed(&RSA, r#"{"alg":"RS256"}"#, b"{}");
    let bare = ForeignVerifier.parse(&bare).unwrap();
    assert_eq!(bare.algorithm, Some(Algorithm::Rs256));
    assert_eq!(bare.key_id, None);
}

#[test]
fn other_algorithms_are_recognised_as_none_and_never_used() {
    for alg in [
        "none", "None", "HS256", "HS512", "RS384", "PS256", "ES384", "ES256K", "EdDSA", "rs256",
        "RS256 ", "",
    ] {
        let mut header = header(&RSA);
        header["alg"] = json!(alg);
        let token = signed(&RSA, &header.to_string(), PAYLOAD);
        assert_eq!(ForeignVerifier.parse(&token).unwrap().algorithm, None);
        assert_eq!(verdict(&token, &good_set()), BAD, "{alg}");
        let (unsigned, _) = token.rsplit_once('.').unwrap();
        assert_eq!(verdict(&format!("{unsigned}."), &good_set()), BAD, "{alg}");
    }
}

#[test]
fn an_algorithm_that_is_never_accepted_is_no_question_of_the_key() {
    // Otherwise such tokens would make us fetch the set again.
    for kid in [json!("unknown"), json!("")] {
        let header = json!({"alg": "HS256", "kid": kid});
        assert_eq!(both(&signed(&RSA, &header.to_string(), PAYLOAD)), BAD);
    }
    assert_eq!(both(&signed(&RSA, r#"{"alg":"none"}"#, PAYLOAD)), BAD);
}

#[test]
fn an_hmac_keyed_with_the_public_key_is_refused() {
    let private = private(&RSA);
    for secret in [
        private.public_key_to_pem().unwrap(),
        private.public_key_to_der().unwrap(),
        RSA.public_jwk.to_string().into_bytes(),
        URL_SAFE_NO_PAD
            .decode(RSA.public_jwk["n"].as_str().unwrap())
            .unwrap(),
    ] {
        let mut header = JwsHeader::new();
        header.set_key_id(&RSA.kid);
        let signer = HS256.signer_from_bytes(&secret).unwrap();
        let token = josekit::jws::serialize_compact(PAYLOAD, &header, &signer).unwrap();
        assert_eq!(both(&token), BAD);
        // The same, called RS256.
        let (_, rest) = token.split_once('.').unwrap();
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": "RS256", "kid": RSA.kid}).to_string());
        assert_eq!(both(&format!("{header}.{rest}")), BAD);
    }
}

#[test]
fn the_key_must_be_of_the_kind_that_the_algorithm_says() {
    for (signer, alg, named) in [
        (&*EC, "RS256", &*EC),
        (&*RSA, "ES256", &*RSA),
        (&*EC, "ES256", &*RSA),
        (&*RSA, "RS256", &*EC),
    ] {
        let header = json!({"alg": alg, "kid": named.kid});
        assert_eq!(both(&signed(signer, &header.to_string(), PAYLOAD)), BAD);
    }
    // The EC key's signature in DER, which OpenSSL itself would accept.
    let head = URL_SAFE_NO_PAD.encode(json!({"alg": "RS256", "kid": EC.kid}).to_string());
    let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(PAYLOAD));
    let key = private(&EC);
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    let der = signer.sign_oneshot_to_vec(signed.as_bytes()).unwrap();
    assert_eq!(
        both(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(der))),
        BAD
    );
}

#[test]
fn a_forged_signature_is_refused() {
    for (forger, name) in [(&*OTHER_RSA, &*RSA), (&*OTHER_EC, &*EC)] {
        assert_eq!(
            both(&signed(forger, &header(name).to_string(), PAYLOAD)),
            BAD
        );
    }
    for key in [&*RSA, &*EC] {
        let token = token(key, PAYLOAD);
        let parts: Vec<&str> = token.split('.').collect();
        let payload = URL_SAFE_NO_PAD.encode(br#"{"iss":"https://idp.example","sub":"admin"}"#);
        assert_eq!(both(&format!("{}.{payload}.{}", parts[0], parts[2])), BAD);
        for signature in [&[][..], &[0; 64], &[0; 256], &[255; 256]] {
            let signature = URL_SAFE_NO_PAD.encode(signature);
            assert_eq!(both(&format!("{}.{}.{signature}", parts[0], parts[1])), BAD);
        }
    }
}

#[test]
fn a_key_that_the_header_brings_along_is_never_used() {
    let mut jwk = OTHER_RSA.public_jwk.clone();
    jwk["kid"] = json!(RSA.kid);
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("https://attacker.example/keys")),
        ("x5u", json!("https://attacker.example/chain.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        let mut header = header(&RSA);
        header[name] = value;
        let forged = signed(&OTHER_RSA, &header.to_string(), PAYLOAD);
        assert_eq!(both(&forged), BAD, "{name}");
        // It does no harm in a token that is genuine.
        let genuine = signed(&RSA, &header.to_string(), PAYLOAD);
        assert_eq!(both(&genuine), Ok(()), "{name}");
    }
}

#[test]
fn only_three_segments_of_unpadded_base64url_are_a_token() {
    let token = token(&RSA, PAYLOAD);
    let parts: Vec<&str> = token.split('.').collect();
    let padded = URL_SAFE.encode(URL_SAFE_NO_PAD.decode(parts[2]).unwrap());
    assert!(padded.ends_with('='));
    for broken in [
        String::new(),
        "..".to_owned(),
        parts[0].to_owned(),
        format!("{}.{}", parts[0], parts[1]),
        format!("{token}."),
        format!("{token}.{}", parts[2]),
        format!("{token}.{}.{}", parts[1], parts[2]),
        format!(".{token}"),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{}.{}.{padded}", parts[0], parts[1]),
        format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        format!("{}.{}+.{}", parts[0], parts[1], parts[2]),
    ] {
        assert_eq!(both(&broken), MALFORMED, "{broken}");
    }
}

#[test]
fn critical_headers_and_unencoded_payloads_are_malformed() {
    for crit in [json!(["b64"]), json!([]), Value::Null, json!("exp")] {
        assert_eq!(with_header(&RSA, |header| header["crit"] = crit), MALFORMED);
    }
    for b64 in [json!(false), json!(true), Value::Null] {
        assert_eq!(with_header(&RSA, |header| header["b64"] = b64), MALFORMED);
    }
}

#[test]
fn the_type_may_be_anything() {
    for typ in [
        json!("at+jwt"),
        json!("x"),
        json!(""),
        json!(1),
        Value::Null,
    ] {
        assert_eq!(with_header(&EC, |header| header["typ"] = typ), Ok(()));
    }
}

#[test]
fn algorithm_and_key_id_are_texts_and_the_algorithm_is_there() {
    for value in [Value::Null, json!(1), json!(["RS256"]), json!({})] {
        let alg = value.clone();
        assert_eq!(with_header(&RSA, |header| header["alg"] = alg), MALFORMED);
        assert_eq!(with_header(&RSA, |header| header["kid"] = value), MALFORMED);
    }
    assert_eq!(both(&signed(&RSA, "{}", PAYLOAD)), MALFORMED);
}

#[test]
fn header_and_payload_are_objects_whose_members_are_there_once() {
    let kid = &RSA.kid;
    for header in [
        "",
        "null",
        "[]",
        r#"["RS256"]"#,
        r#"{"alg":"RS256"} x"#,
        &format!(r#"{{"alg":"RS256","kid":"{kid}","alg":"RS256"}}"#),
        &format!(r#"{{"alg":"RS256","kid":"other","kid":"{kid}"}}"#),
        &format!(r#"{{"alg":"RS256","kid":"{kid}","typ":"JWT","typ":"JWT"}}"#),
        &format!(r#"{{"alg":"none","kid":"{kid}","\u0061lg":"RS256"}}"#),
    ] {
        assert_eq!(both(&signed(&RSA, header, PAYLOAD)), MALFORMED, "{header}");
    }
    for payload in [
        &b""[..],
        b"text",
        b"null",
        b"[]",
        b"[[\"iss\",\"a\"]]",
        b"{}{}",
        b"{\"iss\":\"\xff\"}",
        br#"{"iss":"https://idp.example","iss":"https://other.example"}"#,
        br#"{"exp":1,"iss":"https://idp.example","exp":4102444800}"#,
        br#"{"aud":"a","\u0061ud":"b"}"#,
    ] {
        let payload_text = String::from_utf8_lossy(payload);
        assert_eq!(both(&token(&RSA, payload)), MALFORMED, "{payload_text}");
    }
}

#[test]
fn a_token_beyond_16_kib_is_refused_however_genuine() {
    let of_length = |claim: usize| {
        let payload = format!("{{\"x\":\"{}\"}}", "a".repeat(claim));
        token(&EC, payload.as_bytes())
    };
    let long = of_length(12_300);
    assert!(long.len() > 16 * 1024, "{}", long.len());
    assert_eq!(both(&long), MALFORMED);
    let short = of_length(12_000);
    assert!(short.len() > 16_000, "{}", short.len());
    assert_eq!(both(&short), Ok(()));
}

#[test]
fn an_es256_signature_has_one_form_only() {
    let head = URL_SAFE_NO_PAD.encode(header(&EC).to_string());
    let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(PAYLOAD));
    let raw = signature(Algorithm::Es256, &private(&EC), signed.as_bytes());
    let with = |signature: &[u8]| format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_eq!(both(&with(&raw)), Ok(()));
    let longer = [&raw[..], &[0]].concat();
    let padded = [&[0], &raw[..32], &[0], &raw[32..]].concat();
    for changed in [&raw[..63], &longer, &padded] {
        assert_eq!(both(&with(changed)), BAD);
    }
}
