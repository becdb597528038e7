//! The alert rules and the configuration that loads them.

use serde_json::{Value, json};

use super::files::{text, yaml};
use super::promql::faults;

const RULES: &str = "deploy/monitoring/prometheus/alerts.yml";

/// Name, expression, duration, severity, summary.
const ALERTS: [[&str; 5]; 6] = [
    [
        "AuthFailureSpike",
        "rate(agentidp_http_requests_total{status_code=\"401\"}[5m]) > 0.5",
        "2m",
        "warning",
        "Auth failure spike detected",
    ],
    [
        "RateLimitExhaustion",
        "rate(agentidp_http_requests_total{status_code=\"429\"}[5m]) > 0.2",
        "2m",
        "warning",
        "Rate limit exhaustion spike",
    ],
    [
        "AnomalousTokenIssuance",
        "rate(agentidp_tokens_issued_total[5m]) > 10",
        "5m",
        "warning",
        "Anomalous token issuance rate",
    ],
    [
        "WebhookDeadLetterAccumulating",
        "increase(agentidp_webhook_dead_letters_total[1h]) > 10",
        "0m",
        "critical",
        "Webhook dead-letter accumulation",
    ],
    [
        "AuditChainIntegrityFailed",
        "agentidp_audit_chain_integrity == 0",
        "0m",
        "critical",
        "Audit chain integrity failure",
    ],
    [
        "CredentialExpiryApproaching",
        "increase(agentidp_credentials_expiring_soon_total[1h]) > 0",
        "0m",
        "info",
        "Credentials expiring soon",
    ],
];

fn rules() -> Vec<Value> {
    let groups = yaml(RULES)["groups"].clone();
    let groups = groups.as_array().unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0]["name"], "agentidp_alerts");
    groups[0]["rules"].as_array().unwrap().clone()
}

fn word<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} in {value}"))
}

#[test]
fn are_the_documented_ones() {
    let found: Vec<_> = rules()
        .iter()
        .map(|rule| {
            let pointers = [
                "/alert",
                "/expr",
                "/for",
                "/labels/severity",
                "/annotations/summary",
            ];
            pointers.map(|pointer| word(rule, pointer).to_owned())
        })
        .collect();
    assert_eq!(found, ALERTS);
}

#[test]
fn use_metrics_and_labels_that_are_exported() {
    for rule in rules() {
        let description = word(&rule, "/annotations/description");
        let found = faults(word(&rule, "/expr"), &[description]);
        assert!(found.is_empty(), "{}: {found:?}", rule["alert"]);
    }
}

#[test]
fn each_name_a_section_of_the_runbook() {
    for rule in rules() {
        let name = word(&rule, "/alert");
        let (file, anchor) = word(&rule, "/annotations/runbook").split_once('#').unwrap();
        assert_eq!(anchor, name.to_lowercase());
        let heading = format!("\n## {name}\n");
        assert!(text(file).contains(&heading), "{file} has no {heading:?}");
    }
}

#[test]
fn are_loaded_by_the_configuration() {
    let found = yaml("deploy/monitoring/prometheus/prometheus.yml");
    let wanted = json!({
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": ["alerts.yml"],
        "scrape_configs": [{
            "job_name": "agentidp",
            "metrics_path": "/metrics",
            "scheme": "http",
            "static_configs": [{"targets": ["agentidp:3000"]}],
        }],
    });
    assert_eq!(found, wanted);
}
