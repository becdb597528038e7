//! Micro-benchmarks: signing and verification of access tokens. Run by
//! `cargo xtask bench --micro`.

use std::error::Error;
use std::hint::black_box;

use agentidp_domain::time::{Clock, SystemClock};
use agentidp_domain::token::{Algorithm, KeyFactory, KeyRing, SignError, SigningKey, TokenType};
use agentidp_jose::{Factory, Ring};
use criterion::{BatchSize, Criterion, Throughput};

/// The claims of an access token with one scope.
const PAYLOAD: &[u8] = br#"{"iss":"https://idp.example.com","aud":"https://idp.example.com","sub":"11111111-1111-4111-8111-111111111111","client_id":"11111111-1111-4111-8111-111111111111","scope":"agents:read","organization_id":"22222222-2222-4222-8222-222222222222","jti":"33333333-3333-4333-8333-333333333333","iat":1768471200,"exp":1768474800}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        tokens(&mut criterion, algorithm)?;
    }
    criterion.final_summary();
    Ok(())
}

fn tokens(criterion: &mut Criterion, algorithm: Algorithm) -> Result<(), Box<dyn Error>> {
    let now = SystemClock.now();
    let ring = Ring::new();
    ring.replace(&[SigningKey {
        key: Factory.generate(algorithm)?,
        is_current: true,
        created_at: now,
        expires_at: None,
    }])?;
    let token = ring.sign(TokenType::AccessToken, PAYLOAD)?;
    ring.verify(TokenType::AccessToken, &token, now)?;

    let mut group = criterion.benchmark_group(algorithm.as_str());
    group.throughput(Throughput::Elements(1));
    group.bench_function("sign", |bencher| {
        bencher.iter(|| ring.sign(TokenType::AccessToken, black_box(PAYLOAD)));
    });
    let mut number = 0_u64;
    group.bench_function("verify", |bencher| {
        let new = || {
            number += 1;
            ring.sign(
                TokenType::AccessToken,
                format!("{{\"n\":{number}}}").as_bytes(),
            )
        };
        let verify = |token: Result<String, SignError>| {
            token.map(|token| ring.verify(TokenType::AccessToken, black_box(&token), now))
        };
        bencher.iter_batched(new, verify, BatchSize::SmallInput);
    });
    group.bench_function("verify again", |bencher| {
        bencher.iter(|| ring.verify(TokenType::AccessToken, black_box(&token), now));
    });
    group.finish();
    Ok(())
}
