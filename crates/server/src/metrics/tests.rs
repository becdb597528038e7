//! What the exposition says.

use std::time::Duration;

use super::*;

fn text(metrics: &PrometheusMetrics) -> String {
    metrics.render().unwrap()
}

#[test]
fn measurements_appear_under_their_documented_names() {
    let metrics = PrometheusMetrics::new().unwrap();
    metrics.request("GET", "/api/v1/agents/:id", 200, Duration::from_millis(7));
    metrics.rate_limited("/api/v1/token");
    metrics.token_issued("audit:read agents:read".parse().unwrap());
    metrics.token_introspected(true);
    metrics.token_revoked();
    metrics.stripe_event(StripeEventType::PaymentFailed, EventOutcome::Applied);
    metrics.agent_registered(DeploymentEnv::Staging);
    metrics.agent_decommissioned(DeploymentEnv::Production);
    metrics.active_agents(3);
    metrics.database_query(Duration::from_millis(2));
    metrics.redis_command("GET", Duration::from_micros(700));
    metrics.policy_loaded();
    metrics.policy_reload_failed();
    metrics.watch_pool(|| PoolUse {
        active: 4,
        waiting: 2,
    });
    let text = text(&metrics);
    for line in [
        r#"agentidp_http_requests_total{method="GET",route="/api/v1/agents/:id",status_code="200"} 1"#,
        r#"agentidp_http_request_duration_seconds_bucket{method="GET",route="/api/v1/agents/:id",status_code="200",le="0.005"} 0"#,
        r#"agentidp_http_request_duration_seconds_bucket{method="GET",route="/api/v1/agents/:id",status_code="200",le="2.5"} 1"#,
        r#"agentidp_rate_limit_hits_total{route="/api/v1/token"} 1"#,
        r#"agentidp_tokens_issued_total{scope="agents:read audit:read"} 1"#,
        r#"agentidp_tokens_introspected_total{active="true"} 1"#,
        r#"agentidp_tokens_introspected_total{active="false"} 0"#,
        "agentidp_tokens_revoked_total 1",
        r#"agentidp_stripe_webhook_events_total{outcome="applied",type="invoice.payment_failed"} 1"#,
        r#"agentidp_stripe_webhook_events_total{outcome="failed",type="other"} 0"#,
        r#"agentidp_agents_registered_total{deployment_env="staging"} 1"#,
        r#"agentidp_agents_decommissioned_total{deployment_env="production"} 1"#,
        "agentidp_agents_active 3",
        r#"agentidp_db_query_duration_seconds_bucket{operation="query",le="0.001"} 0"#,
        r#"agentidp_db_query_duration_seconds_bucket{operation="query",le="1"} 1"#,
        r#"agentidp_redis_command_duration_seconds_bucket{command="GET",le="0.0005"} 0"#,
        r#"agentidp_redis_command_duration_seconds_bucket{command="GET",le="0.25"} 1"#,
        "agentidp_db_pool_active_connections 4",
        "agentidp_db_pool_waiting_requests 2",
        "agentidp_policy_reload_failures_total 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    assert!(
        text.contains("\nagentidp_policy_loaded_timestamp_seconds 1"),
        "{text}"
    );
}

#[test]
fn delegations_are_counted() {
    let metrics = PrometheusMetrics::new().unwrap();
    metrics.delegation_created();
    metrics.delegation_verified();
    metrics.delegation_revoked();
    let text = text(&metrics);
    for verb in ["created", "verified", "revoked"] {
        let line = format!("\nagentidp_delegations_{verb}_total 1\n");
        assert!(text.contains(&line), "{line} in\n{text}");
    }
}

#[test]
fn starter_projects_are_counted_by_language_and_timed_in_milliseconds() {
    let metrics = PrometheusMetrics::new().unwrap();
    metrics.scaffold_generated(Language::Go, Duration::from_millis(30));
    let text = text(&metrics);
    for line in [
        r#"agentidp_scaffold_generated_total{language="go"} 1"#,
        r#"agentidp_scaffold_generated_total{language="rust"} 0"#,
        r#"agentidp_scaffold_generation_duration_ms_bucket{language="go",le="25"} 0"#,
        r#"agentidp_scaffold_generation_duration_ms_bucket{language="go",le="50"} 1"#,
        r#"agentidp_scaffold_generation_duration_ms_bucket{language="go",le="2500"} 1"#,
        r#"agentidp_scaffold_generation_duration_ms_sum{language="go"} 30"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
}

#[test]
fn dead_letters_of_an_organization_are_counted_from_zero() {
    let metrics = PrometheusMetrics::new().unwrap();
    let organization = OrganizationId::SYSTEM;
    let line = |count| {
        format!(
            "agentidp_webhook_dead_letters_total{{organization_id=\"{organization}\"}} {count}\n"
        )
    };
    metrics.webhooks_watched(organization);
    assert!(text(&metrics).contains(&line(0)));
    metrics.webhook_dead_letter(organization);
    metrics.webhooks_watched(organization);
    assert!(text(&metrics).contains(&line(1)));
}

#[test]
fn expiring_credentials_are_counted_per_scan_and_forgotten() {
    let metrics = PrometheusMetrics::new().unwrap();
    let [a, b]: [AgentId; 2] = [
        "a1b2c3d4-0000-4000-8000-000000000001",
        "a1b2c3d4-0000-4000-8000-000000000002",
    ]
    .map(|id| id.parse().unwrap());
    let total = |agent, count| {
        format!("agentidp_credentials_expiring_soon_total{{agent_id=\"{agent}\"}} {count}\n")
    };
    let scanned = |found: &[(AgentId, u64)]| {
        metrics.credentials_expiring(&found.iter().copied().collect());
        text(&metrics)
    };
    assert!(text(&metrics).contains("agentidp_credentials_expiring_soon 0\n"));
    let first = scanned(&[(a, 2), (b, 1)]);
    assert!(first.contains(&total(a, 2)) && first.contains(&total(b, 1)));
    assert!(first.contains("agentidp_credentials_expiring_soon 3\n"));
    let second = scanned(&[(a, 2)]);
    assert!(second.contains(&total(a, 4)), "{second}");
    assert!(!second.contains(&b.to_string()), "{second}");
    assert!(second.contains("agentidp_credentials_expiring_soon 2\n"));
    let third = scanned(&[]);
    assert!(!third.contains("agent_id="), "{third}");
    assert!(third.contains("agentidp_credentials_expiring_soon 0\n"));
    assert!(scanned(&[(b, 1)]).contains(&total(b, 1)), "begins anew");
}

#[test]
fn every_family_has_help_and_type() {
    let metrics = PrometheusMetrics::new().unwrap();
    metrics.request("GET", "/", 200, Duration::ZERO);
    let text = text(&metrics);
    let helps = text
        .lines()
        .filter(|line| line.starts_with("# HELP"))
        .count();
    let types = text
        .lines()
        .filter(|line| line.starts_with("# TYPE"))
        .count();
    assert_eq!(helps, types);
    assert!(helps > 15, "{text}");
}

#[test]
fn the_audit_gauge_is_absent_until_the_first_run() {
    let metrics = PrometheusMetrics::new().unwrap();
    assert!(!text(&metrics).contains("audit_chain_integrity"));
    metrics.audit_verified(true);
    assert!(text(&metrics).contains("\nagentidp_audit_chain_integrity 1\n"));
    metrics.audit_verified(false);
    assert!(text(&metrics).contains("\nagentidp_audit_chain_integrity 0\n"));
}

#[test]
#[cfg(target_os = "linux")]
fn the_process_is_measured() {
    let metrics = PrometheusMetrics::new().unwrap();
    let text = text(&metrics);
    for name in [
        "process_cpu_user_seconds_total",
        "process_resident_memory_bytes",
    ] {
        assert!(text.contains(&format!("\n{name} ")), "{name} in\n{text}");
    }
}
