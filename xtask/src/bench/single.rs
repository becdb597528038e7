//! What is measured request by request: start, memory at rest, verification of
//! an audit log, revocation.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::population::{Population, SCOPES};
use crate::failure::{Failure, Result};
use crate::installation::Installation;
use crate::installation::process;
use crate::installation::program::Program;
use crate::wrk::figures::Figures;

/// Starts that are measured.
const STARTS: u32 = 3;
/// Time for the jobs that run shortly after the start.
const REST: Duration = Duration::from_secs(2);
/// Revocations that are measured.
const REVOCATIONS: u32 = 300;
/// A revoked token that is still accepted after this time is a failure.
const REVOKED: Duration = Duration::from_secs(5);

/// Starts and ends a server on a store that exists, several times.
pub fn starts(installation: &Installation) -> Result<Figures> {
    let mut samples = Vec::new();
    for _ in 0..STARTS {
        let server = installation.start()?;
        samples.push(server.started_in());
        server.stop()?;
    }
    Ok(Figures::of_latencies(samples))
}

/// Memory and CPU of a server that has answered nothing yet.
pub fn idle(installation: &Installation) -> Result<Figures> {
    let server = installation.start()?;
    let before = server.cpu_seconds();
    thread::sleep(REST);
    let used = server.cpu_seconds() - before;
    let memory = process::resident(server.pid());
    server.stop()?;
    Ok(Figures {
        cpu: Some(100.0 * used / REST.as_secs_f64()),
        memory,
        ..Figures::default()
    })
}

/// Verifies the log of the first organization over and over for so many
/// seconds.
pub fn verification(server: &Program, population: &Population, seconds: u32) -> Result<Figures> {
    let api = server.api();
    let token = api.token(population.administrator()?, SCOPES)?;
    let (mut samples, mut events) = (Vec::new(), 0.0);
    let before = server.cpu_seconds();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(seconds.into()) {
        let asked = Instant::now();
        let body = api.get("/api/v1/audit/verify", &token)?.expect(200)?;
        samples.push(asked.elapsed());
        if body.get("verified") != Some(&Value::Bool(true)) {
            return Err(Failure::new(format!("the audit log is broken: {body}")));
        }
        let checked = body.get("checkedCount").and_then(Value::as_f64);
        events += checked.unwrap_or_default();
    }
    let elapsed = begin.elapsed().as_secs_f64();
    Ok(Figures {
        rate: Some(events / elapsed),
        cpu: Some(100.0 * (server.cpu_seconds() - before) / elapsed),
        memory: process::peak_resident(server.pid()),
        ..Figures::of_latencies(samples)
    })
}

/// Revokes tokens at one replica and measures how long another one goes on
/// accepting each: from the answer to the revocation to the first refusal.
pub fn revocations(first: &Program, second: &Program, population: &Population) -> Result<Figures> {
    let (first, second) = (first.api(), second.api());
    // No agent: `rotation` has ended their secrets.
    let client = population.administrator()?;
    let path = format!("/api/v1/agents/{}", client.id);
    let mut samples = Vec::new();
    for _ in 0..REVOCATIONS {
        let token = first.token(client, "agents:read")?;
        second.get(&path, &token)?.expect(200)?;
        let revoked = first.form("/oauth2/revoke", &token, &[("token", token.as_str())])?;
        revoked.expect(200)?;
        let begin = Instant::now();
        while second.get(&path, &token)?.status != 401 {
            if begin.elapsed() > REVOKED {
                return Err(Failure::new("a replica goes on accepting a revoked token"));
            }
        }
        samples.push(begin.elapsed());
    }
    Ok(Figures::of_latencies(samples))
}
