//! Keys that the tests share; generating RSA keys is slow.

use std::sync::LazyLock;

use agentidp_domain::time::Timestamp;
use agentidp_domain::token::{Algorithm, KeyFactory, KeyRing, NewKey, SigningKey};
use agentidp_jose::{Factory, Ring};

pub static RSA: LazyLock<NewKey> = LazyLock::new(|| Factory.generate(Algorithm::Rs256).unwrap());
pub static OTHER_RSA: LazyLock<NewKey> =
    LazyLock::new(|| Factory.generate(Algorithm::Rs256).unwrap());
pub static EC: LazyLock<NewKey> = LazyLock::new(|| Factory.generate(Algorithm::Es256).unwrap());
pub static OTHER_EC: LazyLock<NewKey> =
    LazyLock::new(|| Factory.generate(Algorithm::Es256).unwrap());

pub const PAYLOAD: &[u8] = br#"{"sub":"agent","exp":1}"#;

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_millis(second * 1000).unwrap()
}

pub fn current(key: &NewKey) -> SigningKey {
    SigningKey {
        key: key.clone(),
        is_current: true,
        created_at: at(0),
        expires_at: None,
    }
}

pub fn retiring(key: &NewKey, until: i64) -> SigningKey {
    SigningKey {
        is_current: false,
        expires_at: Some(at(until)),
        ..current(key)
    }
}

pub fn ring_of(keys: &[SigningKey]) -> Ring {
    let ring = Ring::new();
    ring.replace(keys).unwrap();
    ring
}
