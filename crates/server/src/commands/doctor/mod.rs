//! `agentidp doctor`.

mod checks;
mod report;
mod vault;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::ExitCode;
use std::time::Duration;

use crate::cli::DoctorArgs;
use crate::config::{Config, ConfigError, ServerConfig};
use crate::failure::{Failure, Outcome};
use crate::ui;
use report::Report;

pub(super) async fn run(
    arguments: &DoctorArgs,
    config: Result<Config, ConfigError>,
) -> Outcome<ExitCode> {
    if arguments.health {
        let config = config.map_err(|error| Failure::new(error.to_string()))?;
        return health(&config.server).await;
    }
    let mut report = Report::default();
    match config {
        Ok(config) => {
            checks::settings(&mut report, &config);
            let has_ring = checks::key_ring(&mut report, &config);
            checks::bootstrap(&mut report, &config);
            checks::database(&mut report, &config, has_ring).await;
            checks::redis(&mut report, &config).await;
            checks::kafka(&mut report, &config).await;
            vault::check(&mut report, &config).await;
            checks::policy(&mut report, &config);
        }
        Err(ConfigError(problems)) => {
            for problem in problems {
                report.fail("settings", problem);
            }
        }
    }
    ui::line(&report);
    Ok(if report.has_failures() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Asks the server on the local port; for container health checks.
async fn health(config: &ServerConfig) -> Outcome<ExitCode> {
    let url = format!("http://{}:{}/health", local_host(config), config.port);
    let answer = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .build()
        .map_err(Failure::during("HTTP client"))?
        .get(&url)
        .send()
        .await
        .map_err(Failure::during(format!("{url} does not answer")))?;
    let status = answer.status();
    let body = answer.text().await.unwrap_or_default();
    ui::line(body.trim());
    Ok(if status == reqwest::StatusCode::OK {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The listener's host as part of a URL, without a look-up where possible.
fn local_host(config: &ServerConfig) -> String {
    match config.host.parse() {
        Ok(IpAddr::V4(ip)) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        Ok(IpAddr::V6(ip)) if ip.is_unspecified() => format!("[{}]", Ipv6Addr::LOCALHOST),
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        _ => config.host.clone(),
    }
}
