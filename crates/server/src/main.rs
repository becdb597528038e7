//! The binary `agentidp`: server and operator commands.
//!
//! | Module | Content |
//! |---|---|
//! | [`config`] | typed settings from the environment |
//! | [`compose`] | composition root: the only place that names adapters |
//! | [`commands`] | one module per command |
//! | [`jobs`] | background work |
//! | [`metrics`], [`telemetry`] | what is measured, logged and traced |

mod bootstrap_file;
mod cli;
mod commands;
mod compose;
mod config;
mod failure;
mod files;
mod jobs;
mod metrics;
mod open_files;
mod signals;
mod telemetry;
mod ui;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

/// A request allocates some hundred times; the allocator of the C library takes
/// a tenth of its time for that.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Two providers are linked; rustls panics unless one is chosen.
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .ok();
    commands::run(cli::Cli::parse().command())
}
