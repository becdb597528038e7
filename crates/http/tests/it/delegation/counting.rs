//! Counters of delegation.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agentidp_domain::delegation::{DelegationKeyService, DelegationService};
use agentidp_domain::metrics::Metrics;
use agentidp_domain::token::{Journal, JournalSettings};
use agentidp_http::AppState;
use serde_json::json;

use super::{Pair, delegate, revoke, text, verify, verify_with, wish};
use crate::support::Setup;

#[derive(Default)]
struct Counts {
    created: AtomicUsize,
    verified: AtomicUsize,
    revoked: AtomicUsize,
}

impl Counts {
    /// Created, verified, revoked.
    fn all(&self) -> [usize; 3] {
        [&self.created, &self.verified, &self.revoked].map(|count| count.load(Ordering::SeqCst))
    }
}

impl Metrics for Counts {
    fn delegation_created(&self) {
        self.created.fetch_add(1, Ordering::SeqCst);
    }

    fn delegation_verified(&self) {
        self.verified.fetch_add(1, Ordering::SeqCst);
    }

    fn delegation_revoked(&self) {
        self.revoked.fetch_add(1, Ordering::SeqCst);
    }
}

/// Use cases like those in `state` that report to `counts`.
fn reporting(state: &AppState, counts: Arc<Counts>) -> DelegationService {
    let mut ports = state.ports.clone();
    ports.metrics = counts;
    let (journal, _) = Journal::start(ports.clone(), JournalSettings::default());
    let keys = DelegationKeyService::new(ports.clone(), None);
    DelegationService::new(ports, keys, journal)
}

#[actix_web::test]
async fn what_happened_is_counted_and_what_was_refused_is_not() {
    let counts = Arc::new(Counts::default());
    let seen = Arc::clone(&counts);
    let api = Setup::default()
        .start_with(|state| state.delegation = reporting(state, seen))
        .await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    let body = wish(&pair.delegator);
    delegate(&api, &pair.delegator, "agents:read", &body)
        .await
        .expect(400);
    assert_eq!(counts.all(), [1, 0, 0]);
    let token = text(&chain, "delegationToken");
    verify(&api, &pair.admin, token).await;
    let forged = format!("{}0", &token[..token.len() - 1]);
    verify(&api, &pair.admin, &forged).await;
    let bad = json!({"delegationToken": "x"});
    verify_with(&api, &pair.admin, &bad).await.expect(400);
    assert_eq!(counts.all(), [1, 2, 0]);
    let id = text(&chain, "id");
    revoke(&api, &pair.delegatee, "openid", id).await.denied();
    for _ in 0..2 {
        revoke(&api, &pair.delegator, "openid", id)
            .await
            .no_content();
    }
    assert_eq!(counts.all(), [1, 2, 1]);
}
