//! Clients that are slow, silent, too talkative, or gone in the middle.

use std::time::Duration;

use crate::faults::flooded::Flooded;
use crate::harness::raw::{Reply, exchange, request};
use crate::harness::resources::{open_files, raise_open_files};
use crate::harness::{Api, HEAVY, Installation, Wire, agents, registration, tenant};

/// Connections of those who are slow.
const SLOW: usize = 200;
/// Connections of those who say nothing.
const SILENT: u64 = 10_000;
/// Files of a server that has few clients.
const FEW: usize = 200;
/// Heads of a megabyte at once.
const LARGE: usize = 48;
/// Bodies that are announced and do not come.
const MISSING: usize = 32;
/// Writes whose client goes away.
const GONE: u32 = 90;

/// A head that never ends.
const ENDLESS: &[u8] = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: 1\r\nX-Slow: 2\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn slow_heads_are_cut_while_others_are_served() {
    let Some(flooded) = Flooded::set("slow").await else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let port = flooded.server.port;
    let slow: Vec<_> = (0..SLOW)
        .map(|_| tokio::spawn(async move { Wire::open(port).await.drip(ENDLESS).await }))
        .collect();
    while slow.iter().any(|client| !client.is_finished()) {
        flooded.serves_others().await;
    }
    for client in slow {
        timed_out(&client.await.unwrap());
    }
    flooded.stays_small();
}

/// The server said so, or only closed the connection.
fn timed_out(answer: &str) {
    let told = answer.starts_with("HTTP/1.1 408 ");
    assert!(told || answer.is_empty(), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_silent_connections_keep_nobody_out() {
    let Some(flooded) = Flooded::set("silent").await else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    // As many as this machine lets one process have.
    let files = raise_open_files(SILENT + 4_000);
    let count = SILENT.min(files / 4 * 3);
    for _ in 0..2 {
        let mut silent = Vec::new();
        for _ in 0..count {
            silent.push(Wire::open(flooded.server.port).await);
        }
        let held = open_files(flooded.server.pid());
        println!("{count} connections; the server holds {held} files");
        flooded.serves_others().await;
        for wire in silent {
            timed_out(&wire.rest().await);
        }
        flooded.serves_others().await;
        let kept = open_files(flooded.server.pid());
        assert!(kept < FEW, "{kept} files are still open");
        flooded.stays_small();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_leaves_database_and_redis_their_connections() {
    let Some(installation) = Installation::scaled() else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    // Half of them are for clients, and more clients come.
    let server = installation.start_with_files(400);
    let (_, admin) = tenant(&installation, &server, "files").await;
    let clients = agents(&server.api, &admin, "files", 8).await;
    let mut silent = Vec::new();
    for _ in 0..350 {
        silent.push(Wire::open(server.port).await);
    }
    // First tokens of all of them at once need the database, and wait for a
    // place among the connections.
    let first = clients.iter().map(|client| {
        let (api, client) = (Api::at(server.port), client.clone());
        tokio::spawn(async move { api.try_token(&client, "").await.unwrap().status })
    });
    for status in first.collect::<Vec<_>>() {
        assert_eq!(status.await.unwrap(), 200);
    }
    for wire in silent {
        timed_out(&wire.rest().await);
    }
    let log = server.log();
    assert!(!log.contains("Too many open files"), "{log}");
    assert_eq!(server.api.open("/health").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_of_a_megabyte_are_refused() {
    let Some(flooded) = Flooded::set("large").await else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let port = flooded.server.port;
    let large: Vec<_> = (0..LARGE)
        .map(|_| tokio::task::spawn_blocking(move || exchange(port, &large_head())))
        .collect();
    flooded.serves_others().await;
    for reply in large {
        let Reply { status, .. } = reply.await.unwrap();
        // 0: closed before all of it was sent.
        assert!([431, 400, 0].contains(&status), "{status}");
    }
    flooded.serves_others().await;
    flooded.stays_small();
}

fn large_head() -> Vec<u8> {
    let value = "x".repeat(1024 * 1024);
    request("GET /health", &[("X-Large", &value)], b"")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let Some(flooded) = Flooded::set("missing").await else {
        return;
    };
    let port = flooded.server.port;
    let bearer = format!("Bearer {}", flooded.admin);
    let announced = ("Content-Length", "1000");
    let json = ("Content-Type", "application/json");
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let headers = [("Authorization", bearer.as_str()), json, announced];
    let heads = [
        request("POST /api/v1/agents", &headers, b""),
        request("POST /api/v1/token", &[form, announced], b""),
    ];
    let mut waiting = Vec::new();
    for number in 0..MISSING {
        let head = heads[number % heads.len()].clone();
        waiting.push(tokio::spawn(async move {
            let mut wire = Wire::open(port).await;
            wire.send(&head).await;
            // Some send nothing at all, some too little.
            if number % 4 < 2 {
                wire.rest().await
            } else {
                wire.drip(b"{").await
            }
        }));
    }
    flooded.serves_others().await;
    for answer in waiting {
        let answer = answer.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("VALIDATION_ERROR"), "{answer}");
    }
    flooded.serves_others().await;
    flooded.stays_small();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_client_is_gone_is_whole_or_not_at_all() {
    let Some(flooded) = Flooded::set("gone").await else {
        return;
    };
    if !flooded.installation.database.is_accessible() {
        return;
    }
    let _turn = HEAVY.acquire().await;
    let before = counts(&flooded.installation, &flooded.tenant);
    for number in 0..GONE {
        let half = number % 3 == 0;
        let name = if half { "half" } else { "whole" };
        let bytes = creation(&flooded, &format!("{name}-{number}@gone.example"));
        let end = if half { bytes.len() - 20 } else { bytes.len() };
        let mut wire = Wire::open(flooded.server.port).await;
        wire.send(&bytes[..end]).await;
        // Gone at another moment each time: before it is read, in the middle
        // of it, after it.
        tokio::time::sleep(Duration::from_micros(u64::from(number) * 150)).await;
        wire.reset();
    }
    flooded.serves_others().await;
    // What is under way is ended one way or the other.
    let Flooded {
        installation,
        server,
        tenant,
        ..
    } = flooded;
    let (status, log) = server.stop();
    assert_eq!(status.code(), Some(0), "{log}");
    let after = counts(&installation, &tenant);
    let (agents, events) = (after.0 - before.0, after.1 - before.1);
    assert_eq!(agents, events, "agents and their events");
    // The last moments come when the server has long been at work.
    assert!(agents > 0, "no write was under way");
    println!("{agents} of {GONE} writes took place");
    let half = "SELECT count(*) FROM agents WHERE email LIKE 'half-%'";
    assert_eq!(installation.database.number(half), 0);
    installation.succeed(&["verify-audit"]);
}

fn creation(flooded: &Flooded, email: &str) -> Vec<u8> {
    let bearer = format!("Bearer {}", flooded.admin);
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = registration(email).to_string();
    request("POST /api/v1/agents", &headers, body.as_bytes())
}

/// Agents of an organization, and events of their creation.
fn counts(installation: &Installation, tenant: &str) -> (i64, i64) {
    let database = &installation.database;
    let of = format!("organization_id = {}", database.id(tenant));
    let events = format!("FROM audit_events WHERE {of} AND action = 'agent.created'");
    (
        database.number(&format!("SELECT count(*) FROM agents WHERE {of}")),
        database.number(&format!("SELECT count(*) {events}")),
    )
}
