//! Micro-benchmarks: the check of a client secret, the link of a hash chain,
//! canonical JSON. Run by `cargo xtask bench --micro`.

use std::error::Error;
use std::hint::black_box;

use agentidp_domain::audit::{AuditRecord, canonical_json, leaf_hash};
use agentidp_domain::credential::{
    ClientSecret, Credential, CredentialStatus, SecretHash, SecretVerifier, VerifierSettings,
};
use agentidp_domain::random::SystemRandom;
use agentidp_domain::time::{Clock, SystemClock};
use agentidp_domain::vault::{Kept, SecretKeeper};
use criterion::{Criterion, Throughput};
use serde_json::json;
use tokio::runtime::Runtime;

const ID: &str = "11111111-1111-4111-8111-111111111111";

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    secrets(&mut criterion)?;
    chain(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

fn secrets(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let settings = VerifierSettings::default();
    let verifier = SecretVerifier::new(settings, SecretKeeper::in_rows(), &SystemRandom);
    let secret = ClientSecret::generate(&SystemRandom);
    let credential = credential(&secret, settings.cost)?;
    let runtime = Runtime::new()?;
    if !runtime.block_on(verifier.verify(&secret, &credential))? {
        return Err("the secret does not match its own hash".into());
    }

    let mut group = criterion.benchmark_group("secret");
    group.bench_function("remembered", |bencher| {
        bencher.iter(|| verifier.remembers(black_box(&secret), black_box(&credential)));
    });
    // Another secret is never remembered, and costs the same comparison.
    let other = ClientSecret::generate(&SystemRandom);
    group.sample_size(20);
    group.bench_function(format!("bcrypt, cost {}", settings.cost), |bencher| {
        bencher.iter(|| runtime.block_on(verifier.verify(black_box(&other), &credential)));
    });
    group.finish();
    Ok(())
}

fn credential(secret: &ClientSecret, cost: u32) -> Result<Credential, Box<dyn Error>> {
    let hash = bcrypt::hash(secret.expose(), cost)?;
    Ok(Credential {
        credential_id: ID.parse()?,
        agent_id: ID.parse()?,
        organization_id: ID.parse()?,
        selector: secret.selector(),
        secret: Kept::Here(SecretHash::new(hash)),
        status: CredentialStatus::Active,
        created_at: SystemClock.now(),
        expires_at: None,
        revoked_at: None,
    })
}

fn chain(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let record = record()?;
    let metadata = record.metadata.clone();
    leaf_hash(&record.as_stored())?;

    let mut group = criterion.benchmark_group("audit");
    group.throughput(Throughput::Elements(1));
    group.bench_function("link of the hash chain", |bencher| {
        bencher.iter(|| leaf_hash(&black_box(&record).as_stored()));
    });
    let mut out = Vec::new();
    group.bench_function("canonical JSON of the metadata", |bencher| {
        bencher.iter(|| {
            out.clear();
            canonical_json(black_box(&metadata), &mut out)
        });
    });
    group.finish();
    Ok(())
}

/// An issued token, as most events are.
fn record() -> Result<AuditRecord, Box<dyn Error>> {
    Ok(AuditRecord {
        event_id: ID.parse()?,
        organization_id: ID.parse()?,
        sequence: 1_000_000,
        timestamp_micros: SystemClock.now().unix_millis() * 1000,
        action: "token.issued".to_owned(),
        outcome: "success".to_owned(),
        agent_id: ID.to_owned(),
        ip_address: "203.0.113.7".to_owned(),
        user_agent: "sentryagent-idp-python/1.0.0".to_owned(),
        metadata: json!({"scope": "agents:read", "expiresAt": "2026-01-15T11:00:00.000Z"}),
        previous_hash: "58d7b1a65a56faf970ae38b4916dcb43461f7dc132d8e46ac85e419967b54fa6"
            .to_owned(),
        hash: String::new(),
    })
}
