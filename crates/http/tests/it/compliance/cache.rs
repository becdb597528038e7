//! A report is kept for five minutes, and computed once for all who want it.

use std::sync::Arc;

use agentidp_domain::cache::NoCache;
use agentidp_domain::compliance::ComplianceService;
use agentidp_http::AppState;
use agentidp_jose::Factory;
use serde_json::json;

use super::{ask, copies};
use crate::support::{Api, Gate, Setup, identities};

#[actix_web::test]
async fn it_is_kept_for_five_minutes_whatever_changes() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let first = ask(&api, &acme).await.expect(200);
    assert_eq!(first["cached"], false);
    copies(&api, &acme, 1, |agent| agent.did = None).await;
    api.pass(299);
    let mut second = ask(&api, &acme).await.expect(200);
    assert_eq!(second["cached"], true);
    second["cached"] = json!(false);
    assert_eq!(second, first, "as it was computed");
    api.pass(2);
    let third = ask(&api, &acme).await.expect(200);
    assert_eq!(third["cached"], false);
    assert_eq!(third["generatedAt"], json!(api.world.ports.now()));
    assert_eq!(third["status"], "fail");
}

#[actix_web::test]
async fn each_organization_has_its_own() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    for of in [&acme, &other] {
        let report = ask(&api, of).await.expect(200);
        assert_eq!(report["cached"], false);
        assert_eq!(report["organizationId"], json!(of.organization));
    }
    let report = ask(&api, &acme).await.expect(200);
    assert_eq!(report["cached"], true);
    assert_eq!(report["organizationId"], json!(acme.organization));
}

/// Reports over a gated store and a cache that is away.
fn gated(state: &mut AppState, gate: &Gate) {
    let identities = identities(Arc::new(Factory));
    let (ports, cache) = (gate.ports(&state.ports), Arc::new(NoCache));
    state.compliance = ComplianceService::new(ports, identities, cache, Arc::default());
}

/// Snapshots that one computation takes: of agents, and of the log.
const EACH: usize = 2;

#[actix_web::test]
async fn requests_at_the_same_time_share_one_computation_even_without_a_cache() {
    let gate = Gate::default();
    let of_store = gate.clone();
    let api = Setup::default()
        .start_with(move |state| gated(state, &of_store))
        .await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    for of in [&acme, &other] {
        assert_eq!(ask(&api, of).await.expect(200)["cached"], false);
    }
    let before = gate.begun();
    assert_eq!(before, 2 * EACH);
    let requests = (0..16).map(|number| {
        let of = if number % 4 == 0 { &other } else { &acme };
        ask(&api, of)
    });
    let (_, answers) = gate.rush(requests).await;
    for answer in answers {
        let report = answer.expect(200);
        assert_eq!(
            (&report["cached"], &report["status"]),
            (&json!(false), &json!("pass"))
        );
    }
    let taken = gate.begun() - before;
    assert_eq!(taken, 2 * EACH, "one computation per organization");
    // It is over: the next one computes anew.
    ask(&api, &acme).await.expect(200);
    assert_eq!(gate.begun(), before + 3 * EACH);
}
