//! Which messages are taken for events of Stripe.

use std::sync::Arc;

use agentidp_domain::error::StoreError;
use serde_json::{Value, json};

use super::tier;
use crate::support::stripe::{SECRET, WEBHOOK, bought, event, signature};
use crate::support::texts::{INTERNAL, NO_SIGNATURE, TOO_LARGE, TOO_MANY, UNAVAILABLE};
use crate::support::{Answer, Api, Broken, FakeStripe, Setup};

const INVALID: &str = "Webhook signature verification failed.";

async fn send(api: &Api, header: &str, body: &[u8]) -> Answer {
    let call = api.post(WEBHOOK).header("stripe-signature", header);
    call.raw("application/json", body).send().await
}

#[track_caller]
fn unverified(answer: &Answer) {
    let details = answer.refused(400, "STRIPE_SIGNATURE_INVALID", INVALID);
    assert_eq!(details, Value::Null);
}

#[actix_web::test]
async fn a_signature_is_required() {
    let api = Api::start().await;
    let body = event("evt_1", "invoice.paid", 1, &Value::Null).to_string();
    let answer = api.post(WEBHOOK).raw("application/json", body).send().await;
    let details = answer.refused(400, "VALIDATION_ERROR", NO_SIGNATURE);
    assert_eq!(details["field"], "Stripe-Signature");
    let answer = api.post(WEBHOOK).send().await;
    answer.refused(400, "VALIDATION_ERROR", NO_SIGNATURE);
    // Whatever the size: it is not read.
    let large = vec![b' '; 1024 * 1024 + 1];
    let call = api.post(WEBHOOK).raw("application/json", large);
    let answer = call.send().await;
    answer.refused(400, "VALIDATION_ERROR", NO_SIGNATURE);
    assert!(api.stripe.counted().is_empty());
}

#[actix_web::test]
async fn whatever_is_not_signed_has_no_effect() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let body = bought("evt_1", &acme, "pro", "sub_1", api.now()).to_string();
    let body = body.as_bytes();
    let now = api.now();
    let good = signature(now, body);
    let digest = good.split_once("v1=").unwrap().1;
    for header in [
        "",
        "nonsense",
        &format!("t={now}"),
        &format!("v1={digest}"),
        &format!("t={now},v0={digest}"),
        &format!("t={},v1={digest}", now + 1),
        &good.replace("v1=", "v1=0"),
        // Signed, but not now.
        &signature(now - 301, body),
        &signature(now + 301, body),
        // Not by us, not for us.
        &signature(now, b"{}"),
        "t=é,v1=é",
    ] {
        unverified(&send(&api, header, body).await);
    }
    let mut changed = body.to_vec();
    changed.push(b' ');
    unverified(&send(&api, &good, &changed).await);
    assert_eq!(tier(&api, &acme).await, "free");
    assert!(api.stripe.counted().is_empty(), "only verified ones count");

    // One of several signatures is enough, also at the end of the tolerance.
    let header = format!("t={now},v1={},v1={digest},v0=x", "0".repeat(64));
    api.pass(300);
    send(&api, &header, body).await.expect(200);
    assert_eq!(tier(&api, &acme).await, "pro");
}

#[actix_web::test]
async fn what_is_signed_has_to_be_an_event() {
    let api = Api::start().await;
    for body in [
        &b"{"[..],
        b"[]",
        b"",
        b"\xff\xfe",
        br#"{"id":"evt_1"}"#,
        br#"{"id":"evt_1","type":"invoice.paid","created":"now"}"#,
        br#"{"id":"","type":"invoice.paid","created":1}"#,
    ] {
        unverified(&api.stripe_bytes(body).await);
    }
    assert!(api.stripe.counted().is_empty());
}

#[actix_web::test]
async fn nobody_looks_at_the_form_before_the_signature() {
    let api = Api::start().await;
    let body = event("evt_1", "invoice.paid", api.now(), &Value::Null).to_string();
    let header = signature(api.now(), body.as_bytes());
    for media_type in ["application/json; charset=utf-8", "text/plain"] {
        let call = api.post(WEBHOOK).header("stripe-signature", &header);
        call.raw(media_type, body.as_bytes())
            .send()
            .await
            .expect(200);
    }
    // Bytes count: a reader that writes JSON anew would change them.
    let spaced = format!(" {}\n", body.replace(':', " : "));
    api.stripe_bytes(spaced.as_bytes()).await.expect(200);
}

#[actix_web::test]
async fn events_may_have_a_mebibyte() {
    let api = Api::start().await;
    let event = event("evt_1", "invoice.paid", api.now(), &json!({"id": "in_1"}));
    let mut body = event.to_string().into_bytes();
    body.resize(1024 * 1024, b' ');
    api.stripe_bytes(&body).await.expect(200);
    body.push(b' ');
    let answer = api.stripe_bytes(&body).await;
    answer.refused(413, "PAYLOAD_TOO_LARGE", TOO_LARGE);
}

#[actix_web::test]
async fn without_a_secret_no_signature_is_valid() {
    let stripe = Arc::new(FakeStripe::default());
    let api = Setup::default()
        .start_with(|state| {
            state.billing = stripe.billing_with(&state.ports, |settings| {
                settings.webhook_secret = None;
            });
        })
        .await;
    let body = event("evt_1", "invoice.paid", api.now(), &Value::Null).to_string();
    unverified(&api.stripe_bytes(body.as_bytes()).await);
}

#[actix_web::test]
async fn events_count_although_nothing_is_sold() {
    let stripe = Arc::new(FakeStripe::default());
    let api = Setup::default()
        .start_with(|state| {
            state.billing = stripe.billing_with(&state.ports, |settings| settings.checkouts = None);
        })
        .await;
    let acme = api.organization("acme").await;
    let purchase = bought("evt_1", &acme, "pro", "sub_1", api.now());
    api.stripe(&purchase).await;
    assert_eq!(tier(&api, &acme).await, "pro");
}

#[actix_web::test]
async fn only_strangers_are_charged() {
    let mut setup = Setup::limited();
    setup.world.limits.per_ip = 3;
    let api = setup.start().await;
    for number in 0..5 {
        let id = format!("evt_{number}");
        api.stripe(&event(&id, "invoice.paid", api.now(), &Value::Null))
            .await;
    }
    for _ in 0..3 {
        unverified(&send(&api, "t=1,v1=00", b"{}").await);
    }
    let answer = send(&api, "t=1,v1=00", b"{}").await;
    answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
    let answer = api.post(WEBHOOK).send().await;
    answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
    // Stripe may share the address with them.
    let last = event("evt_9", "invoice.paid", api.now(), &Value::Null);
    api.stripe(&last).await;
}

#[actix_web::test]
async fn a_failing_store_makes_stripe_try_again() {
    let away: fn() -> StoreError = || StoreError::Unavailable("db.internal".to_owned());
    let broken: fn() -> StoreError = || StoreError::Backend("SELECT".to_owned());
    for (failure, status, code, message) in [
        (away, 503, "SERVICE_UNAVAILABLE", UNAVAILABLE),
        (broken, 500, "INTERNAL_SERVER_ERROR", INTERNAL),
    ] {
        let stripe = Arc::new(FakeStripe::default());
        let api = Setup::default()
            .start_with(|state| {
                state.billing = stripe.billing(&Broken::ports(&state.ports, failure));
            })
            .await;
        let acme = api.organization("acme").await;
        let purchase = bought("evt_1", &acme, "pro", "sub_1", api.now());
        let answer = api.stripe_bytes(purchase.to_string().as_bytes()).await;
        answer.refused(status, code, message);
        assert!(!String::from_utf8_lossy(&answer.body).contains(SECRET));
        let counted = [("checkout.session.completed", "failed")];
        assert_eq!(stripe.counted(), counted);
    }
}
