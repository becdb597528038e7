//! The command-line tool `sentryagent`: agents, tokens and audit logs of an
//! AgentIdP server.
//!
//! | Module | Content |
//! |---|---|
//! | [`args`], [`usage`] | the command line, and what is said when it is wrong |
//! | [`commands`] | one module per command |
//! | [`config`] | servers and credentials: the file, the environment |
//! | [`session`] | the SDK in the hands of a command, and its errors as texts |
//! | [`pages`] | an end for lists that are read page by page |
//! | [`ui`], [`prompt`], [`table`], [`dates`], [`text`] | what people see and are asked |

mod args;
mod commands;
mod config;
mod dates;
mod failure;
mod pages;
mod prompt;
mod session;
mod table;
mod text;
mod ui;
mod usage;

use std::process::ExitCode;

fn main() -> ExitCode {
    let invocation = match usage::parse(std::env::args_os()) {
        Ok(invocation) => invocation,
        Err(ended) => return ended,
    };
    let ui = ui::Ui::new(invocation.output());
    match commands::run(invocation, &ui).and_then(|()| ui.delivered()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            ui.failure(&failure);
            ExitCode::FAILURE
        }
    }
}
