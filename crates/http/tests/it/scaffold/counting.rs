//! Counter and duration of projects.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentidp_domain::metrics::Metrics;
use agentidp_domain::scaffold::{Language, ScaffoldService};
use agentidp_domain::token::{Journal, JournalSettings};
use agentidp_http::AppState;

use super::{ask, unpack};
use crate::support::Setup;

#[derive(Default)]
struct Counts(Mutex<Vec<Language>>);

impl Metrics for Counts {
    fn scaffold_generated(&self, language: Language, _: Duration) {
        self.0.lock().unwrap().push(language);
    }
}

/// A use case like that in `state` that reports to `counts`.
fn reporting(state: &AppState, counts: Arc<Counts>) -> ScaffoldService {
    let mut ports = state.ports.clone();
    ports.metrics = counts;
    let (journal, _) = Journal::start(ports.clone(), JournalSettings::default());
    ScaffoldService::new(ports, journal, "x")
}

#[actix_web::test]
async fn what_was_generated_is_counted_and_what_was_refused_is_not() {
    let counts = Arc::new(Counts::default());
    let seen = Arc::clone(&counts);
    let api = Setup::default()
        .start_with(|state| state.scaffolds = reporting(state, seen))
        .await;
    let acme = api.organization("acme").await;
    for query in ["?language=go", "?language=ruby", ""] {
        let answer = ask(&api, &acme, &acme.agent, query).await;
        if answer.status == 200 {
            unpack(&answer);
        }
    }
    ask(&api, &acme, "no-uuid", "").await.expect(404);
    let counted = counts.0.lock().unwrap().clone();
    assert_eq!(counted, [Language::Go, Language::TypeScript]);
}
