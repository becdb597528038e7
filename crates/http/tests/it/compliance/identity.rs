//! Identifiers and credentials in the report.

use serde_json::{Value, json};

use super::{copies, ending, identity_section, members};
use crate::support::{Api, Identity};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// Numbers of agents: all, with and without an identifier.
fn agents(section: &Value) -> [i64; 3] {
    let names = ["totalAgents", "agentsWithDid", "agentsWithoutDid"];
    names.map(|name| section["summary"][name].as_i64().unwrap())
}

/// Numbers of credentials: soon over, and over.
fn credentials(section: &Value) -> [i64; 2] {
    let names = ["credentialsExpiringSoon", "credentialsExpired"];
    names.map(|name| section["summary"][name].as_i64().unwrap())
}

#[actix_web::test]
async fn an_active_agent_without_identifier_fails() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let nameless = api.nameless_agent(&acme).await;
    api.nameless_agent(&other).await;
    let section = identity_section(&api, &acme).await;
    assert_eq!(agents(&section), [2, 1, 1]);
    assert_eq!(section["status"], "fail");
    let finding = json!({
        "agentId": nameless.agent,
        "severity": "fail",
        "message": "The active agent has no DID.",
    });
    assert_eq!(section["findings"], json!([finding]));

    let suspended = api.set_status(&acme, &nameless, "suspended").await;
    suspended.expect(200);
    let section = identity_section(&api, &acme).await;
    assert_eq!(agents(&section), [2, 1, 1], "counted, but no breach");
    assert_eq!(
        (&section["status"], &section["findings"]),
        (&json!("pass"), &json!([]))
    );
}

#[actix_web::test]
async fn decommissioned_agents_do_not_count() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    ending(&api, &agent, DAY).await;
    let section = identity_section(&api, &acme).await;
    assert_eq!(
        (agents(&section), credentials(&section)),
        ([2, 2, 0], [1, 0])
    );
    let gone = api.set_status(&acme, &agent, "decommissioned").await;
    gone.expect(200);
    let section = identity_section(&api, &acme).await;
    assert_eq!(
        (agents(&section), credentials(&section)),
        ([1, 1, 0], [0, 0])
    );
    assert_eq!(section["status"], "pass");
}

async fn section_at(api: &Api, by: &Identity, seconds: u64) -> Value {
    // A fresh report moves the clock by 301 s.
    api.pass(seconds - 301);
    identity_section(api, by).await
}

#[actix_web::test]
async fn a_credential_warns_for_seven_days_and_fails_at_its_end() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let start = api.world.ports.now();
    let id = ending(&api, &agent, 8 * DAY).await;
    let end = start.plus(std::time::Duration::from_secs(8 * DAY));
    let finding = |severity: &str, message: String| {
        json!([{
            "agentId": agent.agent,
            "credentialId": id,
            "severity": severity,
            "message": message,
        }])
    };
    let before = section_at(&api, &acme, DAY - 1).await;
    assert_eq!(
        (&before["status"], credentials(&before)),
        (&json!("pass"), [0, 0])
    );

    api.pass(1);
    let mut soon = section_at(&api, &acme, 301).await;
    assert_eq!(
        (&soon["status"], credentials(&soon)),
        (&json!("warn"), [1, 0])
    );
    let expected = finding("warn", format!("The credential expires at {end}."));
    assert_eq!(soon["findings"].take(), expected);

    // Up to the second before the end, and at the end.
    let passed = api.world.ports.now().unix_seconds() - start.unix_seconds();
    let left = 8 * DAY - u64::try_from(passed).unwrap();
    let last = section_at(&api, &acme, left - 1).await;
    assert_eq!(
        (&last["status"], credentials(&last)),
        (&json!("warn"), [1, 0])
    );
    api.pass(1);
    let mut over = section_at(&api, &acme, 301).await;
    assert_eq!(
        (&over["status"], credentials(&over)),
        (&json!("fail"), [0, 1])
    );
    let expected = finding("fail", format!("The active credential expired at {end}."));
    assert_eq!(over["findings"].take(), expected);

    // Revoked, it does not matter any more.
    let token = api.token(&acme, "agents:write");
    let path = format!("{}/{id}", agent.credentials());
    api.delete(&path).bearer(&token).send().await.no_content();
    let revoked = identity_section(&api, &acme).await;
    assert_eq!(
        (&revoked["status"], credentials(&revoked)),
        (&json!("pass"), [0, 0])
    );
}

#[actix_web::test]
async fn the_worst_comes_first() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let later = ending(&api, &agent, 3 * DAY).await;
    let soon = ending(&api, &agent, 2 * DAY).await;
    let over = ending(&api, &agent, 60).await;
    let nameless = api.nameless_agent(&acme).await;
    let section = identity_section(&api, &acme).await;
    let findings = &section["findings"];
    let weights = ["fail", "fail", "warn", "warn"].map(Value::from);
    assert_eq!(members(findings, "severity"), weights);
    assert_eq!(findings[0]["agentId"], json!(nameless.agent));
    let credentials = [Value::Null, json!(over), json!(soon), json!(later)];
    assert_eq!(members(findings, "credentialId"), credentials);
}

#[actix_web::test]
async fn the_hundred_and_first_finding_is_cut_off() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let mut ids = copies(&api, &acme, 100, |agent| agent.did = None).await;
    let whole = identity_section(&api, &acme).await;
    let found = |ids: &[String]| ids.iter().map(|id| json!(id)).collect::<Vec<_>>();
    assert_eq!(members(&whole["findings"], "agentId"), found(&ids));
    assert_eq!(whole["truncated"], false);
    ending(&api, &agent, DAY).await;
    let cut = identity_section(&api, &acme).await;
    assert_eq!(members(&cut["findings"], "agentId"), found(&ids));
    assert_eq!(
        (&cut["truncated"], credentials(&cut)),
        (&json!(true), [1, 0])
    );

    ids.extend(copies(&api, &acme, 1, |agent| agent.did = None).await);
    ids.sort_unstable();
    let cut = identity_section(&api, &acme).await;
    assert_eq!(members(&cut["findings"], "agentId"), found(&ids[..100]));
    assert_eq!(
        (&cut["truncated"], agents(&cut)),
        (&json!(true), [103, 2, 101])
    );
}

#[actix_web::test]
async fn what_is_foreign_never_appears() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let foreign = api.silent_agent(&other, "a", &["agents:read"]).await;
    ending(&api, &foreign, DAY).await;
    ending(&api, &foreign, 60).await;
    copies(&api, &other, 3, |agent| agent.did = None).await;
    let section = identity_section(&api, &acme).await;
    assert_eq!(
        (agents(&section), credentials(&section)),
        ([1, 1, 0], [0, 0])
    );
    assert_eq!(section["status"], "pass");
    let section = identity_section(&api, &other).await;
    assert_eq!(
        (agents(&section), credentials(&section)),
        ([5, 2, 3], [1, 1])
    );
}
