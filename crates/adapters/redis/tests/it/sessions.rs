//! Sessions in Redis.

use std::sync::Arc;
use std::time::{Duration, Instant};

use agentidp_domain::error::StoreError;
use agentidp_domain::session::SessionStore;
use agentidp_redis::RedisSessions;
use tokio::task::yield_now;

use crate::cache::{Ends, ask};
use crate::session_contract;
use crate::support::{Way, mute_server, open, raw, unique, url};

const TTL: Duration = Duration::from_secs(3600);

/// Until when something has to happen.
const SOON: Duration = Duration::from_secs(10);

/// All methods fail, and say that trying later may help.
async fn away(sessions: &RedisSessions, key: &str) {
    let errors: [StoreError; 5] = [
        sessions.create(key, "x", TTL).await.unwrap_err(),
        sessions.find(key).await.unwrap_err(),
        sessions.renew(key, TTL).await.unwrap_err(),
        sessions.remove(key).await.unwrap_err(),
        sessions.claim_once(key, TTL).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_unavailable(), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract() {
    let Some(url) = url() else { return };
    let sessions = Arc::new(RedisSessions::new(open(&url)));
    let ends = Ends(raw(&url).await);
    session_contract::run(sessions, &ends, &unique("sessions")).await;
}

#[tokio::test]
async fn replicas_share_them_and_they_end_in_the_server() {
    let Some(url) = url() else { return };
    let mut server = raw(&url).await;
    let replicas = [
        RedisSessions::new(open(&url)),
        RedisSessions::new(open(&url)),
    ];
    let key = unique("shared");
    replicas[0].create(&key, "{}", TTL).await.unwrap();
    let found = replicas[1].find(&key).await.unwrap();
    assert_eq!(found.as_deref(), Some("{}"));
    let left: i64 = ask(&mut server, "PTTL", &[&key]).await;
    assert!(left > 3_590_000 && left <= 3_600_000, "{left}");
    replicas[1].remove(&key).await.unwrap();
    assert_eq!(replicas[0].find(&key).await.unwrap(), None);
    assert!(replicas[0].claim_once(&key, TTL).await.unwrap());
    assert!(!replicas[1].claim_once(&key, TTL).await.unwrap());
}

#[tokio::test]
async fn behind_a_closed_port_nothing_is_found_and_everything_fails() {
    let sessions = RedisSessions::new(open("redis://127.0.0.1:1/"));
    away(&sessions, &unique("closed")).await;
}

#[tokio::test]
async fn a_mute_server_fails_in_time() {
    let (_listener, url) = mute_server().await;
    let sessions = RedisSessions::new(open(&url));
    let key = unique("mute");
    let asked = tokio::time::timeout(SOON, away(&sessions, &key)).await;
    assert!(asked.is_ok(), "it waits for ever");
}

#[tokio::test]
async fn a_session_goes_on_after_an_outage() {
    let Some(url) = url() else { return };
    let mut way = Way::to(&url).await;
    let sessions = RedisSessions::new(open(&way.url(&url)));
    let key = unique("outage");
    sessions.create(&key, "x", TTL).await.unwrap();
    way.cut().await;
    away(&sessions, &key).await;
    way.mend().await;
    let started = Instant::now();
    loop {
        match sessions.find(&key).await {
            Ok(found) => break assert_eq!(found.as_deref(), Some("x")),
            Err(error) => assert!(started.elapsed() < SOON, "{error}"),
        }
        yield_now().await;
    }
}
