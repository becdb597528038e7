//! Every family of the catalogue is there after traffic, with its labels and
//! nothing else.

pub mod catalogue;
mod exposition;
mod traffic;

use serde_json::json;

use crate::harness::{Installation, PLATFORM_SCOPES, tenant, until};

/// Lines of that traffic: labels of low number, and what is counted once.
const LINES: [&str; 14] = [
    "agentidp_http_requests_total{method=\"POST\",route=\"/api/v1/token\",status_code=\"200\"} ",
    "agentidp_http_requests_total{method=\"GET\",route=\"/api/v1/agents/:id\",status_code=\"200\"} 1",
    "agentidp_http_requests_total{method=\"GET\",route=\"unmatched\",status_code=\"404\"} 1",
    "agentidp_rate_limit_hits_total{route=\"/api/v1/agents\"} 1",
    "agentidp_tokens_issued_total{scope=\"agents:read\"} ",
    "agentidp_tokens_introspected_total{active=\"true\"} 1",
    "agentidp_tokens_revoked_total 1",
    "agentidp_agents_decommissioned_total{deployment_env=\"production\"} 1",
    "agentidp_delegations_created_total 1",
    "agentidp_delegations_verified_total 1",
    "agentidp_delegations_revoked_total 1",
    "agentidp_credentials_expiring_soon 1",
    "agentidp_scaffold_generated_total{language=\"python\"} 1",
    "agentidp_redis_command_duration_seconds_count{command=\"PUBLISH\"} ",
];

#[tokio::test(flavor = "multi_thread")]
async fn of_the_whole_catalogue_are_exported_after_one_run() {
    let Some(installation) = traffic::installation() else {
        return;
    };
    let server = installation.start();
    let client = traffic::drive(&installation, &server).await;
    let answer = server.api.open("/metrics").await;
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let metrics = answer.text;
    let found = exposition::parse(&metrics);
    let differences = exposition::differences(&found, &catalogue::shapes());
    assert!(differences.is_empty(), "{differences:#?}\nin\n{metrics}");
    for line in LINES {
        let is_there = metrics.lines().any(|found| found.starts_with(line));
        assert!(is_there, "{line} is missing in\n{metrics}");
    }
    assert!(!metrics.contains(&client.id), "an id is a label");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_dead_letters_begin_at_zero_after_a_restart_too() {
    let Some(mut installation) = Installation::embedded() else {
        return;
    };
    installation.set("WEBHOOK_ALLOW_INSECURE_TARGETS", "true");
    let server = installation.start();
    let (tenant, _) = tenant(&installation, &server, "restarted").await;
    let admin = server.api.token(&tenant.admin, traffic::SCOPES).await;
    let series = traffic::dead_letters(&tenant.id);
    assert!(!traffic::shows(&server.api, &series).await);
    traffic::subscribe_nobody(&server.api, &admin).await;
    let zero = format!("{series} 0\n");
    assert!(traffic::shows(&server.api, &zero).await);
    let (status, log) = server.stop();
    assert_eq!(status.code(), Some(0), "{log}");

    let server = installation.start();
    until("the series", traffic::SOON, || {
        traffic::shows(&server.api, &zero)
    })
    .await;
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
