//! Verifying the log through the API.

use agentidp_domain::audit::{
    Action, AuditService, AuditVerifier, DateRange, NewAuditEvent, append,
};
use agentidp_domain::caller::Origin;
use agentidp_domain::id::{AgentId, OrganizationId};
use agentidp_domain::unit_of_work::Scope;
use serde_json::{Value, json};

use crate::support::texts::{INVALID_QUERY, INVALID_RANGE, TOO_MANY};
use crate::support::{Answer, Api, Gate, Identity, Setup};

async fn verify(api: &Api, by: &Identity, query: &str) -> Answer {
    let token = api.token(by, "audit:read");
    let path = format!("/api/v1/audit/verify{query}");
    api.get(&path).bearer(&token).send().await
}

fn intact(count: u32) -> Value {
    json!({"verified": true, "checkedCount": count, "brokenAtEventId": null})
}

#[actix_web::test]
async fn an_intact_log_is_verified_without_a_trace() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    api.silent_agent(&acme, "a", &["agents:read"]).await;
    for _ in 0..2 {
        assert_eq!(verify(&api, &acme, "").await.expect(200), intact(5));
    }
    assert_eq!(verify(&api, &other, "").await.expect(200), intact(4));
}

#[actix_web::test]
async fn long_logs_are_verified_step_by_step() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let ports = &api.world.ports;
    let log: OrganizationId = acme.organization.parse().unwrap();
    let agent: AgentId = acme.agent.parse().unwrap();
    // In the background two steps of 2,000 and a half, then three whole ones.
    let more = |count: usize| async move {
        let event = || {
            let action = Action::AuthFailed;
            NewAuditEvent::new(ports, &Origin::LOCAL, log, action, agent)
        };
        let events = std::iter::repeat_with(event).take(count).collect();
        let mut work = ports.write(Scope::System).await.unwrap();
        append(work.audit(), events).await.unwrap();
        work.commit().await.unwrap();
    };
    more(4_996).await;
    let verifier = AuditVerifier::new(ports).in_background();
    let until = |to| {
        let range = DateRange { from: None, to };
        verifier.verify_range(Scope::System, log, range)
    };
    assert_eq!(until(None).await.unwrap().intact_until, 5_000);
    assert_eq!(verify(&api, &acme, "").await.expect(200), intact(5_000));
    let now = ports.now();
    let until_now = verify(&api, &acme, &format!("?toDate={now}")).await;
    assert_eq!(until_now.expect(200)["checkedCount"], 5_000);
    more(1_000).await;
    assert_eq!(verify(&api, &acme, "").await.expect(200), intact(6_000));
    let all = until(Some(ports.now())).await.unwrap();
    assert_eq!((all.checked, all.intact_until), (6_000, 6_000));
    assert!(all.is_intact());
    let found = verifier.verify_from(log, 1_000).await.unwrap();
    assert_eq!((found.checked, found.intact_until), (5_000, 6_000));
    assert!(found.is_intact());
}

#[actix_web::test]
async fn a_range_is_echoed_and_may_be_empty() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let first = api.world.ports.now();
    api.pass(60);
    api.silent_agent(&acme, "a", &["agents:read"]).await;
    let second = api.world.ports.now();
    api.pass(60);
    api.silent_agent(&acme, "b", &["agents:read"]).await;
    let with = |count, range: Value| {
        let mut expected = intact(count);
        expected
            .as_object_mut()
            .unwrap()
            .extend(range.as_object().unwrap().clone());
        expected
    };
    let cases = [
        (
            format!("?fromDate={first}&toDate={second}"),
            with(5, json!({"fromDate": first, "toDate": second})),
        ),
        (
            format!("?fromDate={second}"),
            with(2, json!({"fromDate": second})),
        ),
        (
            format!("?toDate={first}"),
            with(4, json!({"toDate": first})),
        ),
        (
            "?fromDate=2001-01-01T01:00:00%2B01:00&toDate=2001-01-01T00:00:00Z".to_owned(),
            with(
                0,
                json!({"fromDate": "2001-01-01T00:00:00.000Z", "toDate": "2001-01-01T00:00:00.000Z"}),
            ),
        ),
        (
            "?fromDate=9000-01-01T00:00:00Z".to_owned(),
            with(0, json!({"fromDate": "9000-01-01T00:00:00.000Z"})),
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(
            verify(&api, &acme, &query).await.expect(200),
            expected,
            "{query}"
        );
    }
}

#[actix_web::test]
async fn dates_must_be_date_times_in_order() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let answer = verify(&api, &acme, "?fromDate=2026-03-01&toDate=tomorrow").await;
    let details = answer.invalid(INVALID_QUERY, &["fromDate", "toDate"]);
    let reason =
        |example: &str| format!("Must be a valid ISO 8601 date-time string (e.g. {example}).");
    assert_eq!(
        details["errors"][0]["reason"],
        json!(reason("2026-03-01T00:00:00.000Z"))
    );
    assert_eq!(
        details["errors"][1]["reason"],
        json!(reason("2026-03-31T23:59:59.999Z"))
    );
    let reversed = "?fromDate=2026-03-02T00:00:00Z&toDate=2026-03-01T00:00:00Z";
    let answer = verify(&api, &acme, reversed).await;
    let details = answer.refused(400, "VALIDATION_ERROR", INVALID_RANGE);
    assert_eq!(
        details,
        json!({"reason": "fromDate must be before or equal to toDate."})
    );
}

#[actix_web::test]
async fn a_client_verifies_thirty_times_a_minute() {
    let api = Setup::limited().start().await;
    let acme = api
        .organization_with("acme", json!({"rateLimitPerMinute": 40}))
        .await;
    for left in (0..30).rev() {
        // A bad request counts like a good one.
        let answer = verify(&api, &acme, if left == 7 { "?fromDate=x" } else { "" }).await;
        assert_eq!(answer.status, if left == 7 { 400 } else { 200 });
        assert_eq!(answer.number("x-ratelimit-limit"), 30);
        assert_eq!(answer.number("x-ratelimit-remaining"), left);
    }
    let refused = verify(&api, &acme, "?fromDate=x").await;
    refused.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
    assert_eq!(refused.number("x-ratelimit-limit"), 30);
    assert_eq!(refused.number("x-ratelimit-remaining"), 0);
    assert!((1..=60).contains(&refused.number("retry-after")));
    assert!((0..=60).contains(&(refused.number("x-ratelimit-reset") - api.now())));
    // Per client; and of two limits the nearer one is shown.
    let other = verify(&api, &acme.stranger(), "").await;
    other.expect(200);
    assert_eq!(
        (
            other.number("x-ratelimit-limit"),
            other.number("x-ratelimit-remaining")
        ),
        (40, 8)
    );
    api.pass(120);
    verify(&api, &acme, "").await.expect(200);
    assert_eq!(api.counted.limited(), ["/api/v1/audit/verify"]);
}

#[actix_web::test]
async fn two_logs_are_walked_at_the_same_time_and_the_others_wait() {
    let gate = Gate::default();
    let of_store = gate.clone();
    let api = Setup::default()
        .start_with(move |state| state.audit = AuditService::new(of_store.ports(&state.ports)))
        .await;
    let acme = api.organization("acme").await;
    verify(&api, &acme, "").await.expect(200);
    let requests = (0..8).map(|_| verify(&api, &acme, ""));
    let (begun, answers) = gate.rush(requests).await;
    assert_eq!(begun, 2);
    for answer in answers {
        answer.expect(200);
    }
    assert_eq!(gate.begun(), 9);
}
