//! Which key of a set verifies a foreign token.

use agentidp_domain::foreign::{ForeignTokenError, ForeignTokens};
use agentidp_domain::token::{Algorithm, NewKey};
use agentidp_jose::ForeignVerifier;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use serde_json::{Value, json};

use crate::foreign_support::{
    private, rsa_jwk, set, set_of, signature, signed, token, verdict, with,
};
use crate::keys::{EC, OTHER_EC, OTHER_RSA, RSA};

const UNKNOWN: Result<(), ForeignTokenError> = Err(ForeignTokenError::UnknownKey);
const BAD: Result<(), ForeignTokenError> = Err(ForeignTokenError::BadSignature);

const PAYLOAD: &[u8] = br#"{"iss":"https://idp.example"}"#;

fn without_kid(key: &NewKey) -> String {
    let header = json!({"alg": key.algorithm.as_str()});
    signed(key, &header.to_string(), PAYLOAD)
}

/// What a set that holds nothing but this form of the key is good for.
fn alone(key: &NewKey, jwk: Value) -> Result<(), ForeignTokenError> {
    let set = set(&[jwk]);
    let verdict = verdict(&token(key, PAYLOAD), &set);
    assert_eq!(ForeignVerifier.is_usable(&set), verdict.is_ok(), "{set}");
    // A key that does not fit is none for tokens without `kid` either.
    let unnamed = crate::foreign_support::verdict(&without_kid(key), &set);
    assert_eq!(unnamed.is_ok(), verdict.is_ok(), "{set}");
    verdict
}

#[test]
fn the_key_is_that_of_the_same_kid() {
    let set = set_of(&[&OTHER_RSA, &OTHER_EC, &RSA, &EC]);
    for key in [&*RSA, &*EC] {
        assert_eq!(verdict(&token(key, PAYLOAD), &set), Ok(()));
    }
}

#[test]
fn a_kid_that_the_set_does_not_have_is_an_unknown_key() {
    for kid in [
        "",
        "unknown",
        &format!("{} ", RSA.kid),
        &RSA.kid.to_uppercase(),
    ] {
        let header = json!({"alg": "RS256", "kid": kid});
        let token = signed(&RSA, &header.to_string(), PAYLOAD);
        assert_eq!(verdict(&token, &set_of(&[&RSA])), UNKNOWN, "{kid}");
    }
    for kid in [Value::Null, json!(1), json!([RSA.kid])] {
        let set = set(&[with(&RSA, "kid", kid)]);
        assert_eq!(verdict(&token(&RSA, PAYLOAD), &set), UNKNOWN, "{set}");
    }
}

#[test]
fn without_kid_exactly_one_key_has_to_fit() {
    for (key, other) in [(&*RSA, &*OTHER_RSA), (&*EC, &*OTHER_EC)] {
        let token = without_kid(key);
        assert_eq!(verdict(&token, &set_of(&[key])), Ok(()));
        assert_eq!(verdict(&token, &set_of(&[other])), BAD);
        assert_eq!(verdict(&token, &set_of(&[key, other])), UNKNOWN);
        assert_eq!(verdict(&token, &set_of(&[other, key])), UNKNOWN);
        assert_eq!(verdict(&token, &set_of(&[])), UNKNOWN);
        // Keys that could not be meant do not count.
        let mut unfit = with(other, "use", json!("enc"));
        unfit["kid"] = json!("other");
        let set = set(&[
            unfit,
            json!({"kty": "oct", "k": "AAAA"}),
            key.public_jwk.clone(),
        ]);
        assert_eq!(verdict(&token, &set), Ok(()));
    }
    assert_eq!(verdict(&without_kid(&RSA), &set_of(&[&RSA, &EC])), Ok(()));
    assert_eq!(verdict(&without_kid(&EC), &set_of(&[&RSA])), UNKNOWN);
}

#[test]
fn a_key_is_used_for_what_it_says_only() {
    for key in [&*RSA, &*EC] {
        let alg = key.algorithm.as_str();
        for (name, value) in [
            ("use", Value::Null),
            ("use", json!("sig")),
            ("alg", Value::Null),
            ("alg", json!(alg)),
            ("key_ops", Value::Null),
            ("key_ops", json!(["verify"])),
            ("key_ops", json!(["sign", "verify"])),
            ("x5c", json!(["MIIB"])),
        ] {
            assert_eq!(alone(key, with(key, name, value)), Ok(()), "{name}");
        }
        for (name, value) in [
            ("use", json!("enc")),
            ("use", json!("SIG")),
            ("use", json!("")),
            ("use", json!(["sig"])),
            ("alg", json!("PS256")),
            ("alg", json!("RSA-OAEP")),
            ("alg", json!("none")),
            ("alg", json!([alg])),
            ("key_ops", json!([])),
            ("key_ops", json!(["sign"])),
            ("key_ops", json!("verify")),
            ("key_ops", json!({"verify": true})),
            ("kty", json!("oct")),
            ("kty", json!("OKP")),
            ("kty", Value::Null),
        ] {
            let jwk = with(key, name, value);
            assert_eq!(alone(key, jwk.clone()), BAD, "{jwk}");
        }
    }
    assert_eq!(alone(&RSA, with(&RSA, "alg", json!("ES256"))), BAD);
    assert_eq!(alone(&EC, with(&EC, "crv", json!("P-384"))), BAD);
}

#[test]
fn private_and_symmetric_keys_are_never_used() {
    for (key, name) in [(&*RSA, "d"), (&*EC, "d"), (&*RSA, "k")] {
        assert_eq!(alone(key, with(key, name, json!("AQAB"))), BAD, "{name}");
        assert_eq!(alone(key, with(key, name, json!(1))), BAD, "{name}");
    }
    let secret = json!({"kty": "oct", "kid": RSA.kid, "k": RSA.public_jwk["n"]});
    assert_eq!(alone(&RSA, secret.clone()), BAD);
    // Next to a key of the same name that fits they do no harm.
    let set = set(&[secret, RSA.public_jwk.clone()]);
    assert_eq!(verdict(&token(&RSA, PAYLOAD), &set), Ok(()));
}

#[test]
fn an_rsa_key_is_neither_weak_nor_huge() {
    let data = |kid: &str| {
        let header = json!({"alg": "RS256", "kid": kid}).to_string();
        [header.as_bytes(), PAYLOAD]
            .map(|part| URL_SAFE_NO_PAD.encode(part))
            .join(".")
    };
    for (bits, expected) in [(1024, BAD), (2040, BAD), (2048, Ok(())), (3072, Ok(()))] {
        let key = Rsa::generate(bits).unwrap();
        let set = set(&[rsa_jwk(&key, "k")]);
        let data = data("k");
        let key = PKey::from_rsa(key).unwrap();
        let signature = signature(Algorithm::Rs256, &key, data.as_bytes());
        let token = format!("{data}.{}", URL_SAFE_NO_PAD.encode(signature));
        assert_eq!(verdict(&token, &set), expected, "{bits}");
        assert_eq!(ForeignVerifier.is_usable(&set), expected.is_ok(), "{bits}");
    }
}

/// A JWK with numbers that nobody made a key from.
fn numbers(n: &[u8], e: &[u8]) -> Value {
    let [n, e] = [n, e].map(|number| URL_SAFE_NO_PAD.encode(number));
    json!({"kty": "RSA", "kid": RSA.kid, "n": n, "e": e})
}

#[test]
fn numbers_that_would_cost_time_or_cannot_be_right_are_refused() {
    let usable = |n: &[u8], e: &[u8]| ForeignVerifier.is_usable(&set(&[numbers(n, e)]));
    let usual = &[1, 0, 1][..];
    assert!(usable(&[255; 256], usual));
    assert!(usable(&[255; 1024], usual));
    assert!(!usable(&[255; 1025], usual));
    assert!(!usable(&[255; 2048], usual));
    assert!(!usable(&[255; 700_000], usual));
    assert!(!usable(&[&[255; 255][..], &[254]].concat(), usual));
    assert!(!usable(&[], usual));
    assert!(usable(&[255; 256], &[3]));
    assert!(usable(&[255; 256], &[255; 4]));
    for exponent in [
        &[][..],
        &[0],
        &[1],
        &[2],
        &[1, 0, 0],
        &[255; 5],
        &[255; 256],
    ] {
        assert!(!usable(&[255; 256], exponent), "{exponent:?}");
    }
    // Leading zeros do not make a key large, but their number is bounded too.
    let modulus = private(&RSA).rsa().unwrap().n().to_vec();
    let padded = |zeros: usize| {
        let n = [vec![0; zeros], modulus.clone()].concat();
        verdict(&token(&RSA, PAYLOAD), &set(&[numbers(&n, usual)]))
    };
    assert_eq!(padded(1), Ok(()));
    assert_eq!(padded(100_000), BAD);
}

#[test]
fn a_key_of_another_curve_or_off_the_curve_is_refused() {
    let group = EcGroup::from_curve_name(Nid::SECP256K1).unwrap();
    let key = EcKey::generate(&group).unwrap();
    let mut context = openssl::bn::BigNumContext::new().unwrap();
    let (mut x, mut y) = (BigNum::new().unwrap(), BigNum::new().unwrap());
    key.public_key()
        .affine_coordinates(&group, &mut x, &mut y, &mut context)
        .unwrap();
    let [x, y] =
        [x, y].map(|number| json!(URL_SAFE_NO_PAD.encode(number.to_vec_padded(32).unwrap())));
    let point = |crv: &str| json!({"kty": "EC", "kid": EC.kid, "crv": crv, "x": x, "y": y});
    assert_eq!(alone(&EC, point("P-256")), BAD);
    assert_eq!(alone(&EC, point("secp256k1")), BAD);
    let zero = json!(URL_SAFE_NO_PAD.encode([0; 32]));
    assert_eq!(alone(&EC, with(&EC, "x", zero)), BAD);
    for name in ["crv", "x", "y"] {
        assert_eq!(alone(&EC, with(&EC, name, Value::Null)), BAD, "{name}");
        assert_eq!(alone(&EC, with(&EC, name, json!("="))), BAD, "{name}");
    }
}

#[test]
fn several_keys_of_one_kid_are_tried_but_not_without_end() {
    let named = |key: &NewKey| with(key, "kid", json!("same"));
    let header = json!({"alg": "ES256", "kid": "same"}).to_string();
    let token = signed(&EC, &header, PAYLOAD);
    let others = |count: usize| vec![named(&OTHER_EC); count];
    let with_others = |count: usize| set(&[others(count), vec![named(&EC)]].concat());
    assert_eq!(verdict(&token, &with_others(0)), Ok(()));
    assert_eq!(verdict(&token, &with_others(1)), Ok(()));
    assert_eq!(verdict(&token, &with_others(3)), Ok(()));
    assert_eq!(verdict(&token, &with_others(4)), BAD);
    assert_eq!(verdict(&token, &set(&others(2))), BAD);
    // Those that do not fit are not counted.
    let unfit = vec![named(&RSA); 50];
    let set = set(&[unfit, vec![named(&EC)]].concat());
    assert_eq!(verdict(&token, &set), Ok(()));
}

#[test]
fn of_a_huge_set_the_first_hundred_keys_count() {
    let filler = |count: usize| vec![with(&OTHER_EC, "kid", json!("filler")); count];
    let set_with = |before: usize| {
        let keys = [filler(before), vec![EC.public_jwk.clone()], filler(5000)];
        set(&keys.concat())
    };
    let token = token(&EC, PAYLOAD);
    assert_eq!(verdict(&token, &set_with(0)), Ok(()));
    assert_eq!(verdict(&token, &set_with(99)), Ok(()));
    assert_eq!(verdict(&token, &set_with(100)), UNKNOWN);
    assert_eq!(verdict(&without_kid(&EC), &set_with(0)), UNKNOWN);
    let junk = vec![json!({"kty": "oct"}); 100];
    let late = set(&[junk, vec![EC.public_jwk.clone()]].concat());
    assert!(!ForeignVerifier.is_usable(&late));
}

#[test]
fn what_is_no_key_set_has_no_keys() {
    for set in [
        Value::Null,
        json!([]),
        json!("keys"),
        json!({}),
        json!({"keys": null}),
        json!({"keys": {}}),
        json!({"keys": []}),
        json!({"keys": [null, 1, "key", [], {}]}),
        json!([EC.public_jwk]),
        json!({"keys": {"0": EC.public_jwk}}),
        EC.public_jwk.clone(),
    ] {
        assert!(!ForeignVerifier.is_usable(&set), "{set}");
        assert_eq!(verdict(&token(&EC, PAYLOAD), &set), UNKNOWN, "{set}");
        assert_eq!(verdict(&without_kid(&EC), &set), UNKNOWN, "{set}");
    }
}

#[test]
fn one_usable_key_makes_a_set_usable() {
    for key in [&*RSA, &*EC] {
        assert!(ForeignVerifier.is_usable(&set_of(&[key])));
        let mixed = set(&[
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
            json!({"kty": "oct", "k": "AAAA"}),
            json!(null),
            key.public_jwk.clone(),
        ]);
        assert!(ForeignVerifier.is_usable(&mixed));
    }
}
