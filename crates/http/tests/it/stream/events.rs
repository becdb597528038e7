//! Which events go to the stream.

use agentidp_domain::outbox::Step;
use agentidp_domain::unit_of_work::Scope;
use serde_json::json;

use super::{Stage, change_often};
use crate::support::{Api, Identity, TENANT_SCOPES};

#[actix_web::test]
async fn all_of_them_without_any_subscription_and_in_order() {
    let Stage {
        api,
        stream,
        publisher,
    } = Stage::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    change_often(&api, &acme, &agent, 1).await;
    let token = api.issued(&agent, "agents:read").await;
    let revocation = api
        .post("/api/v1/token/revoke")
        .basic(&agent.agent, &agent.secret)
        .form(&[("token", token.as_str())]);
    revocation.send().await.expect(200);
    api.credential(&agent).await;
    // Everything happened in the same moment.
    let admin = api.token(&acme, TENANT_SCOPES);
    let gone = api.delete(&agent.path()).bearer(&admin).send().await;
    gone.no_content();

    assert_eq!(publisher.step().await.unwrap(), Step::Done { more: false });
    assert_eq!(publisher.step().await.unwrap(), Step::Idle);
    let own = [
        "agent.created",
        "credential.generated",
        "agent.created",
        "credential.generated",
        "agent.updated",
        "token.issued",
        "token.revoked",
        "credential.generated",
        "credential.revoked",
        "credential.revoked",
        "agent.decommissioned",
    ];
    assert_eq!(stream.types(&acme.organization), own);
    let bootstrapped = ["agent.created", "credential.generated"];
    assert_eq!(stream.types(Identity::SYSTEM), bootstrapped);
    let first = stream
        .accepted()
        .into_iter()
        .find(|event| event.organization_id.to_string() == acme.organization);
    let envelope = first.unwrap().envelope();
    assert_eq!(envelope["event"], "agent.created");
    assert_eq!(envelope["data"]["agentId"], json!(acme.agent));
    let text = format!("{:?}", stream.accepted());
    for secret in [&acme.secret, &agent.secret, &token] {
        assert!(!text.contains(secret.as_str()));
    }
}

#[actix_web::test]
async fn none_without_a_stream() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    api.agent(&acme, "a", &["agents:read"]).await;
    let mut work = api.world.ports.read(Scope::System).await.unwrap();
    assert!(!work.stream().is_waiting().await.unwrap());
    assert!(!work.outbox().is_pending().await.unwrap());
}

#[actix_web::test]
async fn none_of_a_change_that_was_refused() {
    let stage = Stage::start().await;
    let acme = stage.api.organization("acme").await;
    stage.api.agent(&acme, "a", &["agents:read"]).await;
    stage.publish().await;
    let before = stage.stream.accepted().len();
    let token = stage.api.token(&acme, TENANT_SCOPES);
    let body = crate::support::registration(&format!("a@{}.example", &acme.organization[..8]));
    let again = stage.api.post("/api/v1/agents").bearer(&token).json(&body);
    again.send().await.expect(409);
    stage.publish().await;
    assert_eq!(stage.stream.accepted().len(), before);
}
