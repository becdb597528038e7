//! The documented names are there after traffic, with labels of low number.

use serde_json::json;

use crate::harness::{Api, Installation, PLATFORM_SCOPES, agents, tenant, text, until};

/// Families of this version, with the labels they must have.
const DOCUMENTED: [&str; 19] = [
    "agentidp_http_requests_total{method=\"POST\",route=\"/api/v1/token\",status_code=\"200\"}",
    "agentidp_http_request_duration_seconds_bucket{method=\"POST\",route=\"/api/v1/token\"",
    "agentidp_tokens_issued_total{scope=\"agents:read\"}",
    "agentidp_tokens_introspected_total{active=\"true\"}",
    "agentidp_tokens_revoked_total 1",
    "agentidp_agents_registered_total{deployment_env=\"production\"}",
    "agentidp_agents_decommissioned_total{deployment_env=\"production\"} 1",
    "agentidp_agents_active ",
    "agentidp_delegations_created_total 1",
    "agentidp_delegations_verified_total 1",
    "agentidp_delegations_revoked_total 1",
    "agentidp_credentials_expiring_soon 0",
    "agentidp_stripe_webhook_events_total{outcome=\"applied\",type=\"invoice.payment_failed\"} 0",
    "agentidp_db_query_duration_seconds_bucket{operation=\"query\"",
    "agentidp_db_pool_active_connections ",
    "agentidp_db_pool_waiting_requests ",
    "agentidp_policy_loaded_timestamp_seconds ",
    "agentidp_http_requests_total{method=\"GET\",route=\"/api/v1/agents/:id\",status_code=\"200\"}",
    "process_cpu_",
];

#[tokio::test(flavor = "multi_thread")]
async fn have_the_documented_names() {
    let Some(mut installation) = Installation::scaled() else {
        return;
    };
    installation.set("AUDIT_CHAIN_VERIFICATION_INTERVAL_MS", "500");
    let server = installation.start();
    let api = &server.api;
    let (_, admin) = tenant(&installation, &server, "measured").await;
    let client = agents(api, &admin, "measured", 1).await.remove(0);
    let token = api.token(&client, "").await;
    let path = format!("/api/v1/agents/{}", client.id);
    api.get(&token, &path).await.expect(200);
    assert!(api.accepts(&token).await);
    delegated(api, &admin, &client.id).await;
    api.revoke(&token).await;
    assert_eq!(api.delete(&admin, &path).await.status, 204);
    api.open("/nowhere/at/all").await.expect(404);

    until(
        "the first verification",
        std::time::Duration::from_secs(30),
        || async {
            let metrics = api.open("/metrics").await.text;
            metrics.contains("agentidp_audit_chain_integrity 1")
        },
    )
    .await;
    let answer = api.open("/metrics").await;
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let metrics = answer.text;
    for name in DOCUMENTED {
        assert!(metrics.contains(name), "{name} is missing in\n{metrics}");
    }
    assert!(metrics.contains("agentidp_redis_command_duration_seconds_bucket{command=\"PUBLISH\""));
    assert!(
        metrics.contains("route=\"unmatched\",status_code=\"404\""),
        "{metrics}"
    );
    described(&metrics);
    assert!(!metrics.contains(&client.id), "an id is a label");
}

/// One delegation, from beginning to end.
async fn delegated(api: &Api, token: &str, delegatee: &str) {
    let path = "/api/v1/oauth2/token/delegate";
    let wish = json!({"delegateeAgentId": delegatee, "scopes": ["agents:read"], "ttlSeconds": 60});
    let chain = api.post(token, path, &wish).await.expect(201);
    let shown = json!({"delegationToken": chain["delegationToken"]});
    api.post(token, "/api/v1/oauth2/token/verify-delegation", &shown)
        .await
        .expect(200);
    let path = format!("{path}/{}", text(&chain, "id"));
    // The second revocation is none.
    for _ in 0..2 {
        assert_eq!(api.delete(token, &path).await.status, 204);
    }
}

/// Every family has help and type.
fn described(metrics: &str) {
    for line in metrics
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let name = line.split(['{', ' ']).next().unwrap();
        let suffixes = ["_bucket", "_sum", "_count"];
        let family = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix));
        let known = |name: &str| {
            metrics.contains(&format!("# TYPE {name} "))
                && metrics.contains(&format!("# HELP {name} "))
        };
        assert!(
            known(name) || family.is_some_and(known),
            "{name} is not described"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn count_refusals_by_rate_limits() {
    let Some(mut installation) = Installation::embedded() else {
        return;
    };
    installation.set("RATE_LIMIT_ENABLED", "true");
    installation.set("RATE_LIMIT_MAX_REQUESTS", "1000");
    let server = installation.start();
    let api = &server.api;
    let platform = api.token(&installation.admin(), PLATFORM_SCOPES).await;
    let limit = json!({"planTier": "free", "rateLimitPerMinute": 5});
    let tenant = api.tenant(&platform, "slow", limit).await;
    let token = api.token(&tenant.admin, "").await;
    let mut answers = Vec::new();
    for _ in 0..8 {
        answers.push(api.get(&token, "/api/v1/agents").await);
    }
    let refused: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 429)
        .collect();
    assert!(refused.len() >= 3, "{} of 8", refused.len());
    let seconds: u64 = refused[0].header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(refused[0].header("x-ratelimit-limit"), "5");
    assert_eq!(refused[0].header("x-ratelimit-remaining"), "0");
    let metrics = api.open("/metrics").await.text;
    assert!(
        metrics.contains("agentidp_rate_limit_hits_total{route=\"/api/v1/agents\"}"),
        "{metrics}"
    );
}
