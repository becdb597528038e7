//! The dashboard and what provisions it.

use serde_json::{Value, json};

use super::files::{json as read_json, yaml};
use super::promql::faults;

const DASHBOARD: &str = "deploy/monitoring/grafana/dashboards/agentidp-overview.json";
const PROVISIONING: &str = "deploy/monitoring/grafana/provisioning";

/// Title, query, legend, unit.
type Panel = [&'static str; 4];

/// The panels, row by row.
const PANELS: [Panel; 7] = [
    [
        "Tokens Issued / min",
        "60 * rate(agentidp_tokens_issued_total[1m])",
        "scope={{ scope }}",
        "",
    ],
    [
        "Agents Registered / min",
        "60 * rate(agentidp_agents_registered_total[1m])",
        "env={{ deployment_env }}",
        "",
    ],
    [
        "HTTP Request Rate / min",
        "60 * rate(agentidp_http_requests_total[1m])",
        "{{ method }} {{ route }}",
        "",
    ],
    [
        "HTTP Error Rate (5xx)",
        "rate(agentidp_http_requests_total{status_code=~\"5..\"}[1m])",
        "{{ method }} {{ route }} {{ status_code }}",
        "",
    ],
    [
        "HTTP P99 Latency",
        "histogram_quantile(0.99, rate(agentidp_http_request_duration_seconds_bucket[5m]))",
        "p99 {{ method }} {{ route }}",
        "s",
    ],
    [
        "DB Query P95 Latency",
        "histogram_quantile(0.95, rate(agentidp_db_query_duration_seconds_bucket[5m]))",
        "p95 {{ operation }}",
        "s",
    ],
    [
        "Redis Command P95 Latency",
        "histogram_quantile(0.95, rate(agentidp_redis_command_duration_seconds_bucket[5m]))",
        "p95 {{ command }}",
        "s",
    ],
];

fn panels() -> Vec<Value> {
    read_json(DASHBOARD)["panels"].as_array().unwrap().clone()
}

#[test]
fn has_the_documented_head() {
    let dashboard = read_json(DASHBOARD);
    let wanted = json!({
        "uid": "agentidp-overview",
        "title": "SentryAgent.ai — AgentIdP",
        "tags": ["agentidp", "sentryagent"],
        "schemaVersion": 39,
        "refresh": "30s",
        "timezone": "browser",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": []},
    });
    for (member, value) in wanted.as_object().unwrap() {
        assert_eq!(dashboard[member], *value, "{member}");
    }
}

#[test]
fn has_the_documented_panels() {
    let found = panels();
    assert_eq!(found.len(), PANELS.len());
    let source = json!({"type": "prometheus", "uid": "prometheus"});
    for (number, (panel, [title, query, legend, unit])) in found.iter().zip(PANELS).enumerate() {
        assert_eq!(panel["title"], title);
        assert_eq!(panel["id"], number + 1);
        assert_eq!(panel["type"], "timeseries");
        assert_eq!(panel["datasource"], source);
        let (x, y) = (number % 2 * 12, number / 2 * 8);
        assert_eq!(panel["gridPos"], json!({"x": x, "y": y, "w": 12, "h": 8}));
        assert_eq!(panel["targets"].as_array().unwrap().len(), 1);
        let target = &panel["targets"][0];
        assert_eq!(target["datasource"], source);
        assert_eq!(target["expr"], query);
        assert_eq!(target["legendFormat"], legend);
        let defaults = &panel["fieldConfig"]["defaults"];
        assert_eq!(defaults["unit"].as_str().unwrap_or_default(), unit);
        assert_eq!(defaults["color"]["mode"], "palette-classic");
        assert_eq!(defaults["custom"]["lineWidth"], 2);
        assert_eq!(defaults["custom"]["fillOpacity"], 10);
        let legend = &panel["options"]["legend"];
        assert_eq!(legend["displayMode"], "list");
        assert_eq!(legend["placement"], "bottom");
        assert_eq!(legend["calcs"], json!(["mean", "max"]));
        assert_eq!(panel["options"]["tooltip"]["mode"], "multi");
    }
    let steps = json!([{"color": "green", "value": null}, {"color": "red", "value": 0.01}]);
    let thresholds = &found[3]["fieldConfig"]["defaults"]["thresholds"];
    assert_eq!(thresholds["steps"], steps);
}

#[test]
fn uses_metrics_and_labels_that_are_exported() {
    for panel in panels() {
        for target in panel["targets"].as_array().unwrap() {
            let member = |name: &str| target[name].as_str().unwrap();
            let found = faults(member("expr"), &[member("legendFormat")]);
            assert!(found.is_empty(), "{}: {found:?}", panel["title"]);
        }
    }
}

#[test]
fn is_provisioned_with_its_data_source() {
    let source = json!({
        "name": "Prometheus", "type": "prometheus", "uid": "prometheus", "access": "proxy",
        "url": "http://prometheus:9090", "isDefault": true, "editable": false,
    });
    assert_eq!(
        yaml(&format!("{PROVISIONING}/datasources/prometheus.yml")),
        json!({"apiVersion": 1, "datasources": [source]})
    );
    let provider = json!({
        "name": "AgentIdP", "orgId": 1, "folder": "AgentIdP", "type": "file",
        "disableDeletion": false, "updateIntervalSeconds": 10,
        "options": {"path": "/var/lib/grafana/dashboards"},
    });
    assert_eq!(
        yaml(&format!("{PROVISIONING}/dashboards/agentidp.yml")),
        json!({"apiVersion": 1, "providers": [provider]})
    );
}
