//! Health and metrics, for probes and operators.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;

use crate::support::Api;
use crate::support::texts::INTERNAL;

const HOUR: Duration = Duration::from_secs(3600);

/// Name, whether it answers, and after how many milliseconds.
type Services = &'static [(&'static str, bool, u64)];

#[actix_web::test]
async fn quick_health_names_two_services_whatever_is_behind_them() {
    let api = Api::start().await;
    let cases: [(Services, u16, &str, &str, &str); 6] = [
        (
            &[("postgres", true, 1)],
            200,
            "ok",
            "connected",
            "connected",
        ),
        (
            &[("postgres", true, 1), ("redis", true, 1)],
            200,
            "ok",
            "connected",
            "connected",
        ),
        (
            &[("postgres", false, 1)],
            503,
            "degraded",
            "disconnected",
            "connected",
        ),
        (
            &[("postgres", true, 1), ("redis", false, 1)],
            503,
            "degraded",
            "connected",
            "disconnected",
        ),
        // Not answered within a second.
        (
            &[("postgres", true, 1001)],
            503,
            "degraded",
            "disconnected",
            "connected",
        ),
        // Others do not matter here.
        (
            &[("postgres", true, 1), ("opa", false, 1)],
            200,
            "ok",
            "connected",
            "connected",
        ),
    ];
    for (services, status, word, postgres, redis) in cases {
        api.probes.set(services);
        let body = api.get("/health").send().await.expect(status);
        let expected = json!({"status": word, "version": "1.2.3", "uptime": 75,
            "services": {"postgres": postgres, "redis": redis}});
        assert_eq!(body, expected);
    }
}

#[actix_web::test]
async fn an_announced_end_is_told_to_balancers_and_to_nobody_else() {
    let api = Api::start().await;
    assert!(!api.drain.is_busy(HOUR), "nobody has asked for anything");
    api.get("/health").send().await.expect(200);
    assert!(!api.drain.is_busy(HOUR), "a probe is no use");
    api.drain.announce();
    let body = api.get("/health").send().await.expect(503);
    let services = json!({"postgres": "connected", "redis": "connected"});
    assert_eq!(
        (&body["status"], &body["services"]),
        (&json!("degraded"), &services)
    );
    api.get("/.well-known/jwks.json").send().await.expect(200);
    assert!(api.drain.is_busy(HOUR));
    assert!(!api.drain.is_busy(Duration::ZERO));
}

#[actix_web::test]
async fn detailed_health_is_as_bad_as_the_worst_service() {
    let api = Api::start().await;
    let cases: [(Services, u16, &str, serde_json::Value); 5] = [
        (
            &[("postgres", true, 3)],
            200,
            "healthy",
            json!({"postgres": ["healthy", 3]}),
        ),
        (
            &[
                ("postgres", true, 1000),
                ("redis", true, 0),
                ("vault", true, 1),
                ("opa", true, 9),
            ],
            200,
            "healthy",
            json!({"postgres": ["healthy", 1000], "redis": ["healthy", 0], "vault": ["healthy", 1],
                "opa": ["healthy", 9]}),
        ),
        (
            &[("postgres", true, 3), ("redis", true, 1001)],
            207,
            "degraded",
            json!({"postgres": ["healthy", 3], "redis": ["degraded", 1001]}),
        ),
        (
            &[("postgres", false, 3), ("redis", true, 1001)],
            503,
            "unreachable",
            json!({"postgres": ["unreachable", 3], "redis": ["degraded", 1001]}),
        ),
        (
            &[("postgres", true, 9000)],
            503,
            "unreachable",
            json!({"postgres": ["unreachable", 3000]}),
        ),
    ];
    for (services, status, word, expected) in cases {
        api.probes.set(services);
        let body = api.get("/health/detailed").send().await.expect(status);
        assert_eq!(
            (&body["status"], &body["version"], &body["uptime"]),
            (&json!(word), &json!("1.2.3"), &json!(75))
        );
        let expected: serde_json::Map<_, _> = expected
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, pair)| {
                (
                    name.clone(),
                    json!({"status": pair[0], "latencyMs": pair[1]}),
                )
            })
            .collect();
        assert_eq!(body["services"], json!(expected));
        assert_eq!(body.as_object().unwrap().len(), 4);
    }
}

#[actix_web::test]
async fn metrics_are_prometheus_text_or_a_plain_error() {
    let api = Api::start().await;
    let answer = api.get("/metrics").send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    assert!(answer.body.ends_with(b"agentidp_up 1\n"));
    api.counted.broken.store(true, Ordering::SeqCst);
    let answer = api.get("/metrics").send().await;
    answer.refused(500, "INTERNAL_SERVER_ERROR", INTERNAL);
}
