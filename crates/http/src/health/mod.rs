//! `/health`, `/health/detailed`, `/metrics`: for load balancers and
//! operators, without authentication and limits.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, ErrorBody};
use crate::state::{AppState, Probe};

/// Bound of a probe of the quick check.
pub const QUICK_CHECK: Duration = Duration::from_secs(1);

/// Bound of a probe of the detailed check.
const DETAILED: Duration = Duration::from_secs(3);

/// A slower answer is degraded.
const SLOW: Duration = Duration::from_secs(1);

/// Quick health.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub struct HealthBody {
    /// `ok` when both services are connected and the server is not about to
    /// end, else `degraded`.
    #[schema(value_type = String, example = "ok")]
    status: &'static str,
    /// Product version.
    #[schema(value_type = String, example = "1.0.0")]
    version: &'static str,
    /// Whole seconds since the process started.
    uptime: u64,
    /// The two core services.
    services: CoreServices,
}

/// The two core services, whatever backend is behind them.
#[derive(Serialize, ToSchema)]
pub struct CoreServices {
    /// The database in use: `connected` or `disconnected`.
    #[schema(value_type = String, example = "connected")]
    postgres: &'static str,
    /// The cache in use: `connected` or `disconnected`.
    #[schema(value_type = String, example = "connected")]
    redis: &'static str,
}

/// Health of every configured dependency.
#[derive(Serialize, ToSchema)]
#[schema(as = DetailedHealth)]
pub struct DetailedHealthBody {
    /// Worst of all probed services: `healthy`, `degraded` or `unreachable`.
    #[schema(value_type = String, example = "healthy")]
    status: &'static str,
    /// Product version.
    #[schema(value_type = String, example = "1.0.0")]
    version: &'static str,
    /// Whole seconds since the process started.
    uptime: u64,
    /// Probed services by name.
    #[schema(value_type = Object, example = json!({"postgres": {"status": "healthy", "latencyMs": 1}}))]
    services: BTreeMap<&'static str, ServiceBody>,
}

/// One probed service.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceBody {
    /// `healthy`, `degraded` or `unreachable`.
    #[schema(value_type = String)]
    status: &'static str,
    /// Milliseconds until the answer, or until the probe was given up.
    latency_ms: u64,
}

/// Whether a service of the quick check is connected. One that is not
/// configured is the one in the process.
#[must_use]
pub fn is_connected(probes: &[Probe], service: &str) -> bool {
    let mut probes = probes.iter();
    let probe = probes.find(|probe| probe.service == service);
    probe.is_none_or(|probe| probe.answered)
}

fn uptime(state: &AppState) -> u64 {
    state.health.uptime().as_secs()
}

/// Quick health check
///
/// Whether database and cache answer. A server that is about to end refuses
/// too, so that load balancers stop sending.
#[utoipa::path(
    operation_id = "getHealth",
    tag = "health",
    responses(
        (status = 200, description = "Both connected.", body = HealthBody),
        (status = 503, description = "At least one disconnected, or the server is about to end.", body = HealthBody),
    )
)]
#[get("/health")]
pub async fn health(state: web::Data<AppState>) -> HttpResponse {
    let probes = state.health.probe(QUICK_CHECK).await;
    let word = |connected| {
        if connected {
            "connected"
        } else {
            "disconnected"
        }
    };
    let postgres = is_connected(&probes, "postgres");
    let redis = is_connected(&probes, "redis");
    let (code, status) = if postgres && redis && !state.drain.is_announced() {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "degraded")
    };
    HttpResponse::build(code).json(HealthBody {
        status,
        version: state.settings.version,
        uptime: uptime(&state),
        services: CoreServices {
            postgres: word(postgres),
            redis: word(redis),
        },
    })
}

/// Detailed health check
///
/// Probes every configured dependency, with latency.
#[utoipa::path(
    operation_id = "getDetailedHealth",
    tag = "health",
    responses(
        (status = 200, description = "All healthy.", body = DetailedHealthBody),
        (status = 207, description = "At least one slow.", body = DetailedHealthBody),
        (status = 503, description = "At least one unreachable.", body = DetailedHealthBody),
    )
)]
#[get("/health/detailed")]
pub async fn detailed(state: web::Data<AppState>) -> HttpResponse {
    let services: BTreeMap<_, _> = state
        .health
        .probe(DETAILED)
        .await
        .iter()
        .map(|probe| (probe.service, judge(probe)))
        .collect();
    let any = |wanted: &str| services.values().any(|service| service.status == wanted);
    let (code, status) = if any("unreachable") {
        (StatusCode::SERVICE_UNAVAILABLE, "unreachable")
    } else if any("degraded") {
        (StatusCode::MULTI_STATUS, "degraded")
    } else {
        (StatusCode::OK, "healthy")
    };
    HttpResponse::build(code).json(DetailedHealthBody {
        status,
        version: state.settings.version,
        uptime: uptime(&state),
        services,
    })
}

fn judge(probe: &Probe) -> ServiceBody {
    let status = match (probe.answered, probe.elapsed > SLOW) {
        (true, false) => "healthy",
        (true, true) => "degraded",
        (false, _) => "unreachable",
    };
    ServiceBody {
        status,
        latency_ms: u64::try_from(probe.elapsed.as_millis()).unwrap_or(u64::MAX),
    }
}

/// Metrics
///
/// All metrics in the Prometheus text exposition format.
#[utoipa::path(
    operation_id = "getMetrics",
    tag = "metrics",
    responses(
        (status = 200, description = "Metrics.", body = String, content_type = "text/plain"),
        (status = 500, description = "Collecting failed.", body = ErrorBody),
    )
)]
#[get("/metrics")]
pub async fn metrics(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let text = state
        .metrics
        .render()
        .map_err(|cause| ApiError::internal(&cause))?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_answer_is_degraded_and_none_is_unreachable() {
        let probe = |answered, millis| {
            judge(&Probe {
                service: "postgres",
                answered,
                elapsed: Duration::from_millis(millis),
            })
            .status
        };
        assert_eq!(probe(true, 1000), "healthy");
        assert_eq!(probe(true, 1001), "degraded");
        assert_eq!(probe(false, 3000), "unreachable");
    }
}
