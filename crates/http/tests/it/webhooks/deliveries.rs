//! What becomes of deliveries.

use agentidp_domain::outbound::FetchError;
use agentidp_domain::webhook::Backoff;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::post::{Reply, Stage};
use super::{URL, delete, history, not_found, set_active};
use crate::support::Setup;

/// Half a minute, doubled after each attempt, give or take a tenth and the
/// part of a millisecond that is cut off.
#[track_caller]
fn assert_wait(attempt: u32, millis: u64) {
    let expected = 30_000 * 2_u64.pow(attempt - 1);
    let tenth = expected / 10;
    let range = expected - tenth - 1..=expected + tenth;
    assert!(range.contains(&millis), "attempt {attempt}: {millis} ms");
}

#[actix_web::test]
async fn before_the_first_attempt_a_delivery_is_pending() {
    let stage = Stage::start().await;
    stage.happen().await;
    let mut delivery = stage.newest().await;
    let now = stage.now();
    let members = delivery.as_object_mut().unwrap();
    let id = members.remove("id").unwrap();
    assert_eq!(id.as_str().unwrap().len(), 36);
    let payload = members.remove("payload").unwrap();
    assert_eq!(payload["event"], "agent.updated");
    // It is due at once.
    let expected = json!({
        "subscription_id": stage.subscription().await["id"],
        "event_type": "agent.updated",
        "status": "pending",
        "http_status_code": null,
        "attempt_count": 0,
        "next_retry_at": now,
        "delivered_at": null,
        "created_at": now,
        "updated_at": now,
    });
    assert_eq!(delivery, expected);
}

#[actix_web::test]
async fn a_delivery_that_is_taken_is_done() {
    let stage = Stage::start().await;
    let before = stage.subscription().await;
    for (sent, status) in (1..).zip([200, 201, 202, 204, 299]) {
        stage.happen().await;
        let mut expected = stage.newest().await;
        stage.pass_millis(250);
        stage.reply([Ok(status)]);
        stage.send().await;
        expected["status"] = json!("delivered");
        expected["http_status_code"] = json!(status);
        expected["attempt_count"] = json!(1);
        expected["next_retry_at"] = json!(null);
        expected["delivered_at"] = stage.now();
        expected["updated_at"] = stage.now();
        assert_eq!(stage.newest().await, expected);
        stage.pass_millis(24 * 60 * 60 * 1000);
        stage.send().await;
        assert_eq!(stage.requests().len(), sent, "it is sent once");
    }
    assert_eq!(stage.subscription().await, before);
}

/// The header of a request, made as a receiver would.
fn signature(secret: &str, at: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.").as_bytes());
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={at},v1={}", digits.concat())
}

#[actix_web::test]
async fn every_attempt_is_the_envelope_signed_anew() {
    let stage = Stage::start().await;
    stage.happen().await;
    stage.reply([Ok(500), Ok(204)]);
    let delivery = stage.newest().await;
    let mut times = Vec::new();
    for _ in 0..2 {
        stage.send().await;
        times.push(stage.api.now());
        stage.api.pass(60);
    }
    let requests = stage.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(times[1], times[0] + 60);
    for (at, (url, request)) in times.into_iter().zip(&requests) {
        assert_eq!(url, URL);
        assert_eq!(request.event, "agent.updated");
        assert_eq!(request.delivery, delivery["id"].as_str().unwrap());
        let sent: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(sent, delivery["payload"]);
        let expected = signature(&stage.secret, at, &request.body);
        assert_eq!(request.signature, expected);
    }
}

/// Replies that are no success, and the status that is shown of them.
fn failures() -> Vec<(Reply, Value)> {
    let mut failures: Vec<(Reply, Value)> = [301, 302, 400, 401, 404, 410, 429, 500, 503]
        .map(|status| (Ok(status), json!(status)))
        .into();
    failures.extend([
        (Err(FetchError::Timeout), json!(null)),
        (Err(FetchError::ForbiddenAddress), json!(null)),
        (Err(FetchError::Unreachable("dns".to_owned())), json!(null)),
    ]);
    failures
}

#[actix_web::test]
async fn a_failure_is_tried_again_half_a_minute_later() {
    let stage = Stage::start().await;
    for (count, (reply, status)) in (1..).zip(failures()) {
        stage.happen().await;
        stage.reply([reply]);
        stage.send().await;
        let delivery = stage.newest().await;
        assert_eq!(delivery["status"], "failed");
        assert_eq!(delivery["http_status_code"], status);
        assert_eq!(delivery["attempt_count"], 1);
        assert_eq!(delivery["delivered_at"], json!(null));
        assert_eq!(delivery["updated_at"], stage.now());
        assert_wait(1, stage.wait(&delivery));
        assert_eq!(stage.subscription().await["failure_count"], count);
    }
    assert_eq!(stage.requests().len(), failures().len());
    assert!(stage.dead_letters().is_empty());
    // All of them are taken in the end.
    stage.api.pass(34);
    stage.send().await;
    let all = super::deliveries(&stage.api, &stage.acme, &stage.path).await;
    assert_eq!(all.len(), failures().len());
    for delivery in all {
        assert_eq!(delivery["status"], "delivered");
        assert_eq!(delivery["attempt_count"], 2);
    }
}

#[actix_web::test]
async fn after_ten_attempts_it_is_a_dead_letter() {
    let stage = Stage::start().await;
    stage.happen().await;
    let body = stage.newest().await["payload"].clone();
    stage.reply((0..9).map(|_| Ok(500)));
    stage.reply([Err(FetchError::Timeout), Ok(200)]);
    for attempt in 1..10 {
        stage.send().await;
        let delivery = stage.newest().await;
        assert_eq!(delivery["status"], "failed");
        assert_eq!(delivery["attempt_count"], attempt);
        let wait = stage.wait(&delivery);
        assert_wait(attempt, wait);
        // Not a moment earlier.
        stage.pass_millis(wait - 1);
        stage.send().await;
        assert_eq!(stage.newest().await, delivery);
        stage.pass_millis(1);
    }
    assert!(stage.dead_letters().is_empty());
    stage.send().await;
    let dead = stage.newest().await;
    assert_eq!(dead["status"], "dead_letter");
    assert_eq!(dead["attempt_count"], 10);
    assert_eq!(dead["http_status_code"], json!(null));
    assert_eq!(dead["next_retry_at"], json!(null));
    assert_eq!(dead["delivered_at"], json!(null));
    assert_eq!(dead["payload"], body);
    assert_eq!(stage.dead_letters(), [stage.acme.organization.as_str()]);
    let subscription = stage.subscription().await;
    assert_eq!(subscription["failure_count"], 10);
    assert_eq!(subscription["active"], true, "nothing is switched off");
    stage.api.pass(7 * 24 * 60 * 60);
    stage.send().await;
    assert_eq!(stage.newest().await, dead);
    assert_eq!(stage.requests().len(), 10);
}

#[actix_web::test]
async fn the_number_of_attempts_is_a_setting() {
    let backoff = Backoff { max_attempts: 1 };
    let stage = Stage::with(Setup::default(), URL, backoff).await;
    stage.happen().await;
    stage.reply([Ok(404)]);
    stage.send().await;
    let dead = stage.newest().await;
    assert_eq!(dead["status"], "dead_letter");
    assert_eq!(dead["http_status_code"], 404);
    assert_eq!(stage.dead_letters().len(), 1);
}

#[actix_web::test]
async fn a_success_resets_the_count_of_failures() {
    let stage = Stage::start().await;
    let mut expected = stage.subscription().await;
    stage.happen().await;
    stage.reply([Ok(500), Ok(500), Err(FetchError::Timeout)]);
    for failures in 1..=3 {
        stage.send().await;
        expected["failure_count"] = json!(failures);
        assert_eq!(stage.subscription().await, expected);
        stage.pass_millis(stage.wait(&stage.newest().await));
    }
    stage.send().await;
    expected["failure_count"] = json!(0);
    assert_eq!(stage.subscription().await, expected);
    let delivery = stage.newest().await;
    assert_eq!(delivery["status"], "delivered");
    assert_eq!(delivery["attempt_count"], 4);
    assert_eq!(delivery["http_status_code"], 200);
    // The next failure is the first again.
    stage.happen().await;
    stage.reply([Ok(500)]);
    stage.send().await;
    assert_eq!(stage.subscription().await["failure_count"], 1);
    // A change by the owner is no success.
    set_active(&stage.api, &stage.acme, &stage.path, true).await;
    assert_eq!(stage.subscription().await["failure_count"], 1);
}

#[actix_web::test]
async fn what_waits_is_held_while_paused_and_sent_afterwards() {
    let stage = Stage::start().await;
    stage.happen().await;
    stage.reply([Ok(500)]);
    stage.send().await;
    stage.happen().await;
    let (api, acme, path) = (&stage.api, &stage.acme, &stage.path);
    set_active(api, acme, path, false).await;
    api.pass(3600);
    stage.send().await;
    assert_eq!(stage.requests().len(), 1);
    let held = super::deliveries(api, acme, path).await;
    assert_eq!(held[0]["status"], "pending");
    assert_eq!(held[1]["status"], "failed");
    set_active(api, acme, path, true).await;
    stage.send().await;
    let sent = super::deliveries(api, acme, path).await;
    assert_eq!(stage.requests().len(), 3);
    for (sent, attempts) in sent.iter().zip([1, 2]) {
        assert_eq!(sent["status"], "delivered");
        assert_eq!(sent["attempt_count"], attempts);
    }
}

#[actix_web::test]
async fn a_deletion_cancels_what_waits() {
    let stage = Stage::start().await;
    stage.happen().await;
    delete(&stage.api, &stage.acme, &stage.path)
        .await
        .no_content();
    stage.send().await;
    assert!(stage.requests().is_empty());
    not_found(&history(&stage.api, &stage.acme, &stage.path, "").await);
}

#[actix_web::test]
async fn the_target_is_judged_again_before_it_is_asked() {
    for url in ["http://hooks.acme.example/", "https://10.0.0.1/"] {
        let mut setup = Setup::default();
        setup.http.webhook_targets.allow_insecure = true;
        let stage = Stage::with(setup, url, Backoff::default()).await;
        stage.happen().await;
        stage.send().await;
        assert!(stage.requests().is_empty());
        let delivery = stage.newest().await;
        assert_eq!(delivery["status"], "failed");
        assert_eq!(delivery["http_status_code"], json!(null));
        assert_wait(1, stage.wait(&delivery));
        assert_eq!(stage.subscription().await["failure_count"], 1);
    }
}
