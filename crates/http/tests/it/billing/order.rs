//! Events that come twice, late, or at the same time.

use futures_util::future::join_all;
use serde_json::json;

use super::{subscription, tier};
use crate::support::Api;
use crate::support::stripe::{bought, ended, unpaid};

/// Outcomes counted since the last call.
fn outcomes(api: &Api) -> Vec<&'static str> {
    let counted = api.stripe.counted();
    counted.into_iter().map(|(_, outcome)| outcome).collect()
}

#[actix_web::test]
async fn an_event_counts_once() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let purchase = bought("evt_1", &acme, "pro", "sub_1", api.now());
    for _ in 0..3 {
        api.stripe(&purchase).await;
    }
    assert_eq!(outcomes(&api), ["applied", "repeated", "repeated"]);
    // Also when the tier was changed meanwhile by somebody else.
    let free = json!({"planTier": "free"});
    api.set_organization(&acme, &free).await.expect(200);
    api.stripe(&purchase).await;
    assert_eq!(tier(&api, &acme).await, "free");
    assert_eq!(api.events(&acme, "tier.upgraded").await.len(), 1);
}

#[actix_web::test]
async fn of_many_at_the_same_time_one_is_applied() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let purchase = bought("evt_1", &acme, "pro", "sub_1", api.now());
    join_all((0..10).map(|_| api.stripe(&purchase))).await;
    let mut found = outcomes(&api);
    found.sort_unstable();
    assert_eq!(found[0], "applied");
    assert_eq!(found[1..], ["repeated"; 9]);
    assert_eq!(api.events(&acme, "tier.upgraded").await.len(), 1);
    let activated = api.events(&acme, "billing.subscription_activated").await;
    assert_eq!(activated.len(), 1);
}

#[actix_web::test]
async fn a_purchase_that_comes_after_its_end_is_too_late() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let now = api.now();
    // The end arrives while nobody knows of the purchase.
    api.stripe(&ended("evt_2", "sub_1", now + 5)).await;
    api.stripe(&bought("evt_1", &acme, "pro", "sub_1", now))
        .await;
    // An end is an end, also for another event of the same second.
    api.stripe(&bought("evt_3", &acme, "pro", "sub_1", now + 5))
        .await;
    assert_eq!(outcomes(&api), ["ignored", "stale", "stale"]);
    assert_eq!(tier(&api, &acme).await, "free");
    assert_eq!(subscription(&api, &acme).await, None);
}

#[actix_web::test]
async fn what_is_older_than_the_last_one_changes_nothing() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let now = api.now();
    api.stripe(&bought("evt_2", &acme, "pro", "sub_1", now + 5))
        .await;
    api.stripe(&unpaid("evt_1", "sub_1", now)).await;
    assert_eq!(outcomes(&api), ["applied", "stale"]);
    let record = ("sub_1".to_owned(), "active".to_owned());
    assert_eq!(subscription(&api, &acme).await, Some(record));
    // It was processed, although nothing came of it.
    api.stripe(&unpaid("evt_1", "sub_1", now)).await;
    assert_eq!(outcomes(&api), ["repeated"]);
}

#[actix_web::test]
async fn a_failed_payment_before_the_purchase_does_not_stop_it() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let now = api.now();
    api.stripe(&unpaid("evt_2", "sub_1", now + 5)).await;
    api.stripe(&bought("evt_1", &acme, "pro", "sub_1", now))
        .await;
    assert_eq!(outcomes(&api), ["ignored", "applied"]);
    assert_eq!(tier(&api, &acme).await, "pro");
}

#[actix_web::test]
async fn the_end_of_a_replaced_subscription_leaves_the_tier() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let now = api.now();
    api.stripe(&bought("evt_1", &acme, "pro", "sub_1", now))
        .await;
    api.stripe(&bought("evt_2", &acme, "enterprise", "sub_2", now + 5))
        .await;
    api.stripe(&ended("evt_3", "sub_1", now + 6)).await;
    assert_eq!(outcomes(&api), ["applied", "applied", "ignored"]);
    assert_eq!(tier(&api, &acme).await, "enterprise");
    let record = ("sub_2".to_owned(), "active".to_owned());
    assert_eq!(subscription(&api, &acme).await, Some(record));
    api.stripe(&ended("evt_4", "sub_2", now + 7)).await;
    assert_eq!(tier(&api, &acme).await, "free");
    // The customer comes back.
    api.stripe(&bought("evt_5", &acme, "pro", "sub_3", now + 8))
        .await;
    assert_eq!(tier(&api, &acme).await, "pro");
}

#[actix_web::test]
async fn a_purchase_never_lowers_the_tier() {
    let api = Api::start().await;
    let acme = api
        .organization_with("acme", json!({"planTier": "enterprise"}))
        .await;
    api.stripe(&bought("evt_1", &acme, "pro", "sub_1", api.now()))
        .await;
    assert_eq!(tier(&api, &acme).await, "enterprise");
    let activated = api.events(&acme, "billing.subscription_activated").await;
    let metadata = json!({"tier": "enterprise", "status": "active"});
    assert_eq!(activated[0]["metadata"], metadata);
    assert!(api.events(&acme, "tier.upgraded").await.is_empty());
}

#[actix_web::test]
async fn a_foreign_organization_is_left_alone() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let now = api.now();
    api.stripe(&bought("evt_1", &acme, "pro", "sub_1", now))
        .await;
    api.stripe(&bought("evt_2", &other, "pro", "sub_2", now))
        .await;
    api.stripe(&ended("evt_3", "sub_1", now + 1)).await;
    assert_eq!(tier(&api, &acme).await, "free");
    assert_eq!(tier(&api, &other).await, "pro");
}
