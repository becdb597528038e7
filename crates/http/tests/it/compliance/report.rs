//! The report as a whole.

use serde_json::{Value, json};

use super::{REPORT, ask, copies, empty_organization, fresh};
use crate::support::texts::{TOKEN_REQUIRED, TOO_MANY};
use crate::support::{Api, Setup};

#[actix_web::test]
async fn of_a_sound_organization_it_passes() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    api.silent_agent(&acme, "a", &["agents:read"]).await;
    let before = api.event_count(&acme).await;
    let now = json!(api.world.ports.now());
    let answer = ask(&api, &acme).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let wanted = json!({
        "organizationId": acme.organization,
        "generatedAt": now,
        "cached": false,
        "status": "pass",
        "sections": [
            {
                "name": "agent-identity",
                "status": "pass",
                "summary": {
                    "totalAgents": 2,
                    "agentsWithDid": 2,
                    "agentsWithoutDid": 0,
                    "credentialsExpiringSoon": 0,
                    "credentialsExpired": 0,
                },
                "findings": [],
                "truncated": false,
            },
            {
                "name": "audit-trail",
                "status": "pass",
                "summary": {
                    "verified": true,
                    "checkedCount": before,
                    "brokenAtEventId": null,
                },
                "findings": [],
                "truncated": false,
            },
        ],
    });
    assert_eq!(answer.expect(200), wanted);
    assert_eq!(api.event_count(&acme).await, before, "no trace");
}

#[actix_web::test]
async fn of_an_empty_organization_it_passes() {
    let api = Api::start().await;
    let empty = empty_organization(&api).await;
    let report = ask(&api, &empty).await.expect(200);
    assert_eq!(report["status"], "pass");
    assert_eq!(report["sections"][0]["summary"]["totalAgents"], 0);
    assert_eq!(report["sections"][0]["findings"], json!([]));
}

#[actix_web::test]
async fn the_worst_section_decides() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    copies(&api, &acme, 1, |agent| agent.did = None).await;
    let report = fresh(&api, &acme).await;
    let status = |value: &Value| value["status"].as_str().unwrap().to_owned();
    assert_eq!(status(&report["sections"][0]), "fail");
    assert_eq!(status(&report["sections"][1]), "pass");
    assert_eq!(status(&report), "fail");
}

#[actix_web::test]
async fn it_takes_a_token_with_the_scope_and_counts_for_the_organization() {
    let api = Setup::limited().start().await;
    let more = json!({"rateLimitPerMinute": 2});
    let acme = api.organization_with("acme", more).await;
    let answer = api.get(REPORT).send().await;
    answer.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    let token = api.token(&acme, "agents:read");
    let answer = api.get(REPORT).bearer(&token).send().await;
    answer.scope_missing("audit:read");
    for remaining in [1, 0] {
        let answer = ask(&api, &acme).await;
        answer.expect(200);
        assert_eq!(answer.number("x-ratelimit-limit"), 2);
        assert_eq!(answer.number("x-ratelimit-remaining"), remaining);
    }
    let refused = ask(&api, &acme).await;
    refused.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
}
