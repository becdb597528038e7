//! Agent cards.

use serde_json::json;

use super::{agent, card, change, did, gone, record};
use crate::support::Api;

#[actix_web::test]
async fn it_shows_the_record_and_who_vouches_for_it() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = agent(&api, &acme).await;
    let record = record(&api, &agent).await;
    api.pass(61);
    let answer = card(&api, &agent).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(
        answer.expect(200),
        json!({
            "did": did(&agent),
            "name": record["email"],
            "agentType": "screener",
            "capabilities": ["resume:read"],
            "owner": "talent-team",
            "version": "1.4.2",
            "deploymentEnv": "production",
            "identityProvider": "http://localhost:3000",
            "issuedAt": api.world.ports.now().to_string(),
        })
    );
}

#[actix_web::test]
async fn it_is_made_anew_each_time() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = agent(&api, &acme).await;
    let first = card(&api, &agent).await.expect(200);
    api.pass(1);
    let second = card(&api, &agent).await.expect(200);
    assert_ne!(first["issuedAt"], second["issuedAt"]);
    change(&api, &acme, &agent, &json!({"owner": "x"})).await;
    assert_eq!(card(&api, &agent).await.expect(200)["owner"], "x");
}

#[actix_web::test]
async fn a_suspended_agent_has_one_and_a_decommissioned_one_has_not() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = agent(&api, &acme).await;
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    card(&api, &agent).await.expect(200);
    let status = "decommissioned";
    api.set_status(&acme, &agent, status).await.expect(200);
    gone(&card(&api, &agent).await);
}
