//! Generated and imported keys, in the formats that OpenSSL writes.

use agentidp_domain::token::{Algorithm, KeyFactory, KeyRing, NewKey, TokenType};
use agentidp_jose::Factory;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use secrecy::{ExposeSecret, SecretString};

use crate::keys::{EC, OTHER_RSA, PAYLOAD, RSA, at, current, ring_of};

fn import(pem: &[u8], public: Option<&[u8]>) -> Result<NewKey, String> {
    let private = SecretString::from(String::from_utf8(pem.to_vec()).unwrap());
    let public = public.map(|pem| std::str::from_utf8(pem).unwrap());
    Factory
        .import(&private, public)
        .map_err(|error| error.to_string())
}

fn openssl_key(key: &NewKey) -> PKey<Private> {
    PKey::private_key_from_pem(key.private_pem.expose_secret().as_bytes()).unwrap()
}

fn ec_key(curve: Nid) -> EcKey<Private> {
    EcKey::generate(&EcGroup::from_curve_name(curve).unwrap()).unwrap()
}

#[test]
fn generated_keys_are_of_the_right_kind_and_stored_as_pkcs8() {
    for (key, algorithm) in [(&*RSA, Algorithm::Rs256), (&*EC, Algorithm::Es256)] {
        assert_eq!(key.algorithm, algorithm);
        assert_eq!(key.public_jwk["kid"], key.kid.as_str());
        assert_eq!(key.public_jwk["alg"], algorithm.as_str());
        assert!(key.public_jwk.get("d").is_none());
        let pem = key.private_pem.expose_secret();
        assert!(
            pem.starts_with("-----BEGIN PRIVATE KEY-----\n"),
            "not PKCS#8"
        );
    }
    assert_eq!(openssl_key(&RSA).bits(), 2048);
    assert_ne!(RSA.kid, OTHER_RSA.kid);
}

#[test]
fn every_format_of_a_private_key_gives_the_same_key() {
    let rsa = openssl_key(&RSA);
    let ec = openssl_key(&EC);
    for (expected, pem, label) in [
        (
            &*RSA,
            rsa.private_key_to_pem_pkcs8().unwrap(),
            "PRIVATE KEY",
        ),
        (
            &*RSA,
            rsa.rsa().unwrap().private_key_to_pem().unwrap(),
            "RSA PRIVATE KEY",
        ),
        (&*EC, ec.private_key_to_pem_pkcs8().unwrap(), "PRIVATE KEY"),
        (
            &*EC,
            ec.ec_key().unwrap().private_key_to_pem().unwrap(),
            "EC PRIVATE KEY",
        ),
    ] {
        let text = String::from_utf8(pem.clone()).unwrap();
        assert!(
            text.starts_with(&format!("-----BEGIN {label}-----")),
            "{label}"
        );
        let key = import(&pem, None).unwrap();
        assert_eq!(key.kid, expected.kid);
        assert_eq!(key.algorithm, expected.algorithm);
        assert_eq!(key.public_jwk, expected.public_jwk);
        let ring = ring_of(&[current(&key)]);
        let token = ring.sign(TokenType::AccessToken, PAYLOAD).unwrap();
        let other = ring_of(&[current(expected)]);
        assert!(other.verify(TokenType::AccessToken, &token, at(1)).is_ok());
    }
}

#[test]
fn the_public_key_must_belong_to_the_private_one() {
    let pem = RSA.private_pem.expose_secret().as_bytes();
    let own = openssl_key(&RSA).public_key_to_pem().unwrap();
    assert_eq!(import(pem, Some(&own)).unwrap().kid, RSA.kid);
    for other in [&*OTHER_RSA, &*EC] {
        let foreign = openssl_key(other).public_key_to_pem().unwrap();
        let error = import(pem, Some(&foreign)).unwrap_err();
        assert!(error.contains("does not belong"), "{error}");
    }
    let error = import(pem, Some(b"nonsense")).unwrap_err();
    assert!(error.contains("public key"), "{error}");
}

#[test]
fn weak_and_foreign_keys_are_refused() {
    let small = Rsa::generate(1024).unwrap().private_key_to_pem().unwrap();
    let error = import(&small, None).unwrap_err();
    assert!(error.contains("2048"), "{error}");
    for curve in [Nid::SECP384R1, Nid::SECP256K1] {
        let pem = ec_key(curve).private_key_to_pem().unwrap();
        let error = import(&pem, None).unwrap_err();
        assert!(error.contains("P-256"), "{error}");
    }
    let ed25519 = PKey::generate_ed25519().unwrap();
    let error = import(&ed25519.private_key_to_pem_pkcs8().unwrap(), None).unwrap_err();
    assert!(error.contains("neither"), "{error}");
}

#[test]
fn what_is_no_private_key_is_refused_without_showing_it() {
    let public = openssl_key(&RSA).public_key_to_pem().unwrap();
    let encrypted = openssl_key(&EC)
        .private_key_to_pem_pkcs8_passphrase(Cipher::aes_128_cbc(), b"password")
        .unwrap();
    for pem in [b"".as_slice(), b"secret text", &public, &encrypted] {
        let error = import(pem, None).unwrap_err();
        assert!(error.contains("PEM"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn a_damaged_rsa_key_is_refused() {
    let good = openssl_key(&RSA).rsa().unwrap();
    let other = openssl_key(&OTHER_RSA).rsa().unwrap();
    let own = |number: &openssl::bn::BigNumRef| number.to_owned().unwrap();
    let damaged = Rsa::from_private_components(
        own(good.n()),
        own(good.e()),
        own(other.d()),
        own(good.p().unwrap()),
        own(good.q().unwrap()),
        own(good.dmp1().unwrap()),
        own(good.dmq1().unwrap()),
        own(good.iqmp().unwrap()),
    )
    .unwrap();
    assert!(import(&damaged.private_key_to_pem().unwrap(), None).is_err());
}

#[test]
fn keys_that_the_ring_could_not_load_are_refused() {
    // 2^40 + 15 is more than the arithmetic of the ring takes as an exponent.
    let exponent = BigNum::from_dec_str("1099511627791").unwrap();
    let unusual = Rsa::generate_with_e(2048, &exponent).unwrap();
    let error = import(&unusual.private_key_to_pem().unwrap(), None).unwrap_err();
    assert!(error.contains("cannot be used"), "{error}");
}
