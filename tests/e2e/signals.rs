//! SIGTERM and SIGINT end the server in order, SIGHUP reloads the policy.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::faults::{consistent, received};
use crate::harness::{
    Api, HEAVY, Installation, Load, OnBreak, TENANT_SCOPES, agents, tenant, until,
};

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_answers_what_is_under_way_on_the_embedded_store() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    if installation.database.is_accessible() {
        orderly_end(&installation, "TERM").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigint_answers_what_is_under_way_on_postgres() {
    if let Some(installation) = Installation::scaled() {
        orderly_end(&installation, "INT").await;
    }
}

async fn orderly_end(installation: &Installation, signal: &str) {
    let _turn = HEAVY.acquire().await;
    let server = installation.start();
    let (tenant, admin) = tenant(installation, &server, "orderly").await;
    let clients = agents(&server.api, &admin, "orderly", 8).await;
    let load = Load::start(server.port, &clients, OnBreak::End);
    load.wait_for(60).await;
    let (status, log) = server.end_with(signal);
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("shut down"), "{log}");
    let tallies = load.finish().await;

    for tally in &tallies {
        // Requests that came too late may be told so, or not be taken.
        assert!(
            tally.refused.keys().all(|status| *status == 503),
            "{tally:?}"
        );
        let query = format!(
            "SELECT count(*) FROM audit_events WHERE action = 'token.issued' AND agent_id = '{}'",
            tally.agent
        );
        let events = u64::try_from(installation.database.number(&query)).unwrap();
        assert_eq!(
            events, tally.issued,
            "a durable token was not answered: {tally:?}"
        );
    }
    let server = installation.start();
    let admin = server.api.token(&tenant.admin, TENANT_SCOPES).await;
    assert!(server.api.audit_verified(&admin).await);
    consistent(installation, &tenant.id, &received(&tallies));
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_puts_a_changed_policy_in_force_and_keeps_the_last_good_one() {
    let Some(mut installation) = Installation::embedded() else {
        return;
    };
    let folder = installation.folder().join("policies");
    let scopes = folder.join("data").join("scopes.json");
    copy_policy(&folder);
    installation.set("POLICY_DIR", &folder.display().to_string());
    let server = installation.start();
    let api = &server.api;
    let token = api.token(&installation.admin(), "agents:read").await;
    api.get(&token, "/api/v1/agents").await.expect(200);

    let good = fs::read_to_string(&scopes).unwrap();
    let before = "\"GET:/api/v1/agents\": [\"agents:read\"]";
    assert!(good.contains(before), "{good}");
    let stricter = good.replace(before, "\"GET:/api/v1/agents\": [\"agents:write\"]");
    fs::write(&scopes, &stricter).unwrap();
    api.get(&token, "/api/v1/agents").await.expect(200);
    server.signal("HUP");
    becomes(api, &token, 403).await;
    let refused = api.get(&token, "/api/v1/agents").await;
    assert_eq!(
        refused.json()["details"]["requiredScopes"],
        serde_json::json!(["agents:write"])
    );
    let loaded = metric(api, "agentidp_policy_loaded_timestamp_seconds").await;

    fs::write(&scopes, "{ \"GET:/api/v1/agents\": ").unwrap();
    server.signal("HUP");
    server.wait_for_log("the last good one stays in force", 0);
    assert!(server.log().contains("scopes.json"), "{}", server.log());
    becomes(api, &token, 403).await;
    assert_eq!(
        metric(api, "agentidp_policy_reload_failures_total").await,
        "1"
    );
    assert_eq!(
        metric(api, "agentidp_policy_loaded_timestamp_seconds").await,
        loaded
    );

    fs::write(&scopes, &good).unwrap();
    server.signal("HUP");
    becomes(api, &token, 200).await;
    let (status, _) = server.stop();
    assert_eq!(status.code(), Some(0), "SIGHUP must not end the server");
}

async fn becomes(api: &Api, token: &str, status: u16) {
    until(
        "the policy is in force",
        Duration::from_secs(10),
        || async { api.get(token, "/api/v1/agents").await.status == status },
    )
    .await;
}

async fn metric(api: &Api, name: &str) -> String {
    let metrics = api.open("/metrics").await.text;
    let value = metrics
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_default().to_owned()
}

fn copy_policy(to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join("policies");
    fs::create_dir_all(to.join("data")).unwrap();
    for file in ["authz.rego", "data/scopes.json"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
}
