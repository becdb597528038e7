//! Sessions in the process.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::session::SessionStore;
use agentidp_memory::MemorySessions;

use crate::cache::Steering;
use crate::limit_contract::SteeredClock;
use crate::session_contract;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract() {
    let clock = SteeredClock::new();
    let sessions = Arc::new(MemorySessions::new(clock.clone()));
    session_contract::run(sessions, &Steering(clock), "memory").await;
}

#[tokio::test]
async fn a_flood_stays_within_the_room_and_forgets_what_would_end_first() {
    let sessions = MemorySessions::with_room(SteeredClock::new(), 10);
    sessions.create("busy", "x", HOUR).await.unwrap();
    let minute = Duration::from_secs(60);
    let key = |number| format!("{number:04}");
    for number in 0..1000 {
        sessions.create(&key(number), "x", minute).await.unwrap();
        let found = sessions.find(&key(number)).await.unwrap();
        assert!(found.is_some(), "the newest one is there");
    }
    let mut kept = 0;
    for number in 0..1000 {
        kept += usize::from(sessions.find(&key(number)).await.unwrap().is_some());
    }
    assert!(kept < 10, "{kept}");
    assert!(sessions.find("busy").await.unwrap().is_some());
}

#[tokio::test]
async fn claims_push_out_no_session() {
    let sessions = MemorySessions::with_room(SteeredClock::new(), 2);
    sessions.create("session", "x", HOUR).await.unwrap();
    for number in 0..100 {
        let key = format!("{number:04}");
        assert!(sessions.claim_once(&key, HOUR * 12).await.unwrap());
    }
    assert!(sessions.find("session").await.unwrap().is_some());
}
