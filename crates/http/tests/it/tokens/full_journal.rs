//! More requests than may wait for their durability.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::token::{
    Issuer, Journal, JournalSettings, Minter, RevocationView, TokenService, TokenServiceParts,
};
use agentidp_http::AppState;
use agentidp_testkit::world::ISSUER;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::timeout;

use crate::support::texts::UNAVAILABLE;
use crate::support::{Answer, Api, Gate, Setup};

/// Requests at the same time.
const REQUESTS: usize = 8;

/// Entries that may wait.
const QUEUE: usize = 2;

/// Entries that can be in the journal: one more is being committed.
const PLACES: usize = QUEUE + 1;

/// Until when a refusal has to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// An API with a small journal before this gate.
async fn narrow(gate: &Gate) -> Api {
    let change = |state: &mut AppState| {
        let settings = JournalSettings {
            batch: 1,
            queue: QUEUE,
            ..JournalSettings::default()
        };
        let (journal, _) = Journal::start(gate.ports(&state.ports), settings);
        let (view, issuer) = (Arc::new(RevocationView::new()), Issuer::new(ISSUER));
        let ring = Arc::clone(&state.ring);
        state.tokens = TokenService::new(TokenServiceParts {
            ports: state.ports.clone(),
            minter: Minter::new(state.ports.clone(), ring, view, issuer),
            authenticator: Arc::clone(&state.authenticator),
            clients: state.clients.clone(),
            journal,
        });
    };
    Setup::default().start_with(change).await
}

#[track_caller]
fn busy(answer: &Answer) {
    answer.oauth_refused(
        503,
        "temporarily_unavailable",
        "SERVICE_UNAVAILABLE",
        UNAVAILABLE,
    );
    assert!(answer.number("retry-after") >= 1);
}

#[actix_web::test]
async fn what_finds_no_place_is_told_to_come_again_and_the_others_get_their_tokens() {
    let gate = Gate::default();
    let api = narrow(&gate).await;
    let acme = api.organization("acme").await;
    // From now on its secret is known: nobody waits for a computation.
    api.login(&acme).await.expect(200);

    let guard = gate.shut().await;
    let mut requests: FuturesUnordered<_> = (0..REQUESTS).map(|_| api.login(&acme)).collect();
    for _ in PLACES..REQUESTS {
        let refused = timeout(PATIENCE, requests.next()).await;
        busy(&refused.expect("all of them wait").unwrap());
    }
    let issued = api.events(&acme, "token.issued").await.len();
    assert_eq!(issued, 1, "nothing is durable yet");

    drop(guard);
    let others: Vec<Answer> = requests.collect().await;
    let (taken, refused): (Vec<_>, Vec<_>) = others.iter().partition(|answer| answer.status == 200);
    // The last place is free only after the first entry was taken out.
    assert!(taken.len() >= QUEUE, "{others:?}");
    for answer in refused {
        busy(answer);
    }
    let issued = api.events(&acme, "token.issued").await.len();
    assert_eq!(issued, 1 + taken.len(), "one event for each token");
    api.login(&acme).await.expect(200);
}
