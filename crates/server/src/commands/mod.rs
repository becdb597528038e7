//! One module per command of the binary.

mod audit;
mod bootstrap;
mod doctor;
mod encryption_key;
mod migrate;
mod openapi;
mod serve;
mod signing_key;
mod tokens;

use std::process::ExitCode;

use crate::cli::Command;
use crate::config::{Config, ConfigError, TelemetryConfig, Variables};
use crate::failure::{Failure, Outcome};
use crate::telemetry::Telemetry;
use crate::ui;

/// Carries out a command and returns the exit code of the process.
pub(crate) fn run(command: Command) -> ExitCode {
    let serving = matches!(command, Command::Serve(_));
    match start(command) {
        Ok(code) => code,
        Err(failure) if serving => {
            // Without a subscriber, which may be what failed, nothing is
            // logged; the operator must see the cause in any case.
            if tracing::event_enabled!(tracing::Level::ERROR) {
                tracing::error!("Failed to start server: {failure}");
            } else {
                ui::remark(format!("Failed to start server: {failure}"));
            }
            ExitCode::FAILURE
        }
        Err(failure) => {
            ui::remark(format!("agentidp: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn start(command: Command) -> Outcome<ExitCode> {
    if let Command::Openapi(arguments) = command {
        return openapi::run(&arguments);
    }
    let variables = Variables::load()?;
    let level = if matches!(command, Command::Serve(_)) {
        "info,actix_server=warn"
    } else {
        "warn"
    };
    let telemetry = Telemetry::start(&TelemetryConfig::read(&variables), level)?;
    let config = Config::read(&variables);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::during("async runtime"))?;
    let result = runtime.block_on(dispatch(command, config));
    drop(runtime);
    telemetry.finish();
    result
}

async fn dispatch(command: Command, config: Result<Config, ConfigError>) -> Outcome<ExitCode> {
    if let Command::Doctor(arguments) = &command {
        return doctor::run(arguments, config).await;
    }
    let config = config.map_err(|error| Failure::new(error.to_string()))?;
    for remark in &config.remarks {
        tracing::warn!("{remark}");
    }
    match command {
        Command::Serve(arguments) => serve::run(config, &arguments).await,
        Command::Migrate => migrate::run(&config).await,
        Command::Bootstrap(arguments) => bootstrap::run(&config, &arguments).await,
        Command::RotateSigningKey(arguments) => signing_key::run(&config, &arguments).await,
        Command::RotateEncryptionKey => encryption_key::run(&config).await,
        Command::RevokeTokens(arguments) => tokens::run(&config, &arguments).await,
        Command::VerifyAudit(arguments) => audit::run(&config, &arguments).await,
        Command::Doctor(_) | Command::Openapi(_) => Ok(ExitCode::SUCCESS),
    }
}
