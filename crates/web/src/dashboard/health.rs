//! System health. The first state comes with the page; scripts ask `/health`
//! from then on.

use std::time::Duration;

use actix_web::{HttpResponse, get, web};
use agentidp_http::{AppState, QUICK_CHECK, is_connected};
use askama::Template;

use crate::dashboard::{HEALTH, shell};
use crate::page::ok;
use crate::session::Visitor;
use crate::shell::Shell;
use crate::text::{Badge, Moment};

/// Seconds between two states.
const PERIOD: u32 = 30;

#[derive(Template)]
#[template(path = "dashboard/health.html")]
struct HealthPage {
    shell: Shell,
    services: [Service; 2],
    version: &'static str,
    uptime: String,
    checked: Moment,
}

struct Service {
    key: &'static str,
    title: &'static str,
    state: Badge,
}

/// Database, cache, version and uptime.
#[get("/health")]
pub async fn show(state: web::Data<AppState>, visitor: Visitor) -> HttpResponse {
    let probes = state.health.probe(QUICK_CHECK).await;
    let service = |key, title| Service {
        key,
        title,
        state: connection(is_connected(&probes, key)),
    };
    let database = match state.settings.embedded_store {
        true => "SQLite",
        false => "PostgreSQL",
    };
    let cache = match probes.iter().any(|probe| probe.service == "redis") {
        true => "Redis",
        false => "In-process cache",
    };
    let mut frame = shell(&visitor, HEALTH);
    frame.reload = Some(PERIOD);
    ok(&HealthPage {
        shell: frame,
        services: [service("postgres", database), service("redis", cache)],
        version: state.settings.version,
        uptime: span(state.health.uptime()),
        checked: Moment::second(state.ports.now()),
    })
}

fn connection(connected: bool) -> Badge {
    if connected {
        Badge::new("Connected", "success")
    } else {
        Badge::new("Disconnected", "danger")
    }
}

/// `Nd Nh Nm`; days and hours are left out while they are zero.
fn span(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (days, hours) = (minutes / 1440, minutes / 60 % 24);
    let mut parts = Vec::new();
    if days > 0 {
        parts.push(format!("{days}d"));
    }
    if hours > 0 {
        parts.push(format!("{hours}h"));
    }
    parts.push(format!("{}m", minutes % 60));
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_days_and_hours_are_left_out() {
        for (seconds, text) in [
            (59, "0m"),
            (3_540, "59m"),
            (3_600, "1h 0m"),
            (90_060, "1d 1h 1m"),
            (86_400, "1d 0m"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }
}
