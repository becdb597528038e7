//! The commands.

mod completion;
mod configure;
mod issue_token;
mod list_agents;
pub(crate) mod man;
mod register_agent;
mod rotate_credentials;
mod scaffold;
mod tail_audit_log;

use std::future::Future;

use crate::args::{Cli, Command, definition};
use crate::config;
use crate::failure::{Failure, Outcome};
use crate::ui::Ui;
use crate::usage::Invocation;

/// Carries out what the command line says.
pub(crate) fn run(invocation: Invocation, ui: &Ui) -> Outcome<()> {
    match invocation {
        Invocation::ManualPages(folder) => man::run(&folder),
        Invocation::Command(Cli { global, command }) => {
            run_command(command, global.profile.as_deref(), ui)
        }
    }
}

fn run_command(command: Option<Command>, profile: Option<&str>, ui: &Ui) -> Outcome<()> {
    let Some(command) = command else {
        return definition()
            .print_help()
            .map_err(Failure::during("The help cannot be shown"));
    };
    let settings = || config::load(ui, profile);
    match command {
        Command::Configure => configure::run(profile, ui),
        Command::RegisterAgent(args) => to_end(register_agent::run(args, &settings()?, ui)),
        Command::ListAgents(args) => to_end(list_agents::run(&args, &settings()?, ui)),
        Command::IssueToken(args) => to_end(issue_token::run(&args, &settings()?, ui)),
        Command::RotateCredentials(args) => {
            to_end(rotate_credentials::run(&args, &settings()?, ui))
        }
        Command::TailAuditLog(args) => to_end(tail_audit_log::run(&args, &settings()?, ui)),
        Command::Scaffold(args) => to_end(scaffold::run(&args, &settings()?, ui)),
        Command::Completion(args) => {
            ui.raw(&completion::script(args.shell));
            Ok(())
        }
    }
}

/// Runs a command that speaks to the server.
fn to_end(command: impl Future<Output = Outcome<()>>) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::during("The program cannot start"))?;
    runtime.block_on(command)
}
