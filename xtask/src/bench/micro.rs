//! The micro-benchmarks: one step of the hot paths each, without server and
//! stores. They lie in `benches/micro.rs` of the crates concerned.

use std::process::ExitCode;

use crate::failure::Result;
use crate::run::{cargo, run};
use crate::workspace::Workspace;
use crate::{setup, ui};

/// Crates with micro-benchmarks.
const CRATES: [&str; 3] = ["agentidp-domain", "agentidp-jose", "agentidp-rego"];
/// Shorter than the benchmark library's defaults, and enough for a comparison
/// by eye.
const TIMES: [&str; 4] = ["--warm-up-time", "1", "--measurement-time", "3"];

/// Compiles and runs them.
pub fn command() -> Result<ExitCode> {
    setup::for_build()?;
    let workspace = Workspace::load()?;
    ui::step("building and running the micro-benchmarks");
    let mut command = cargo(&workspace.root);
    command.args(["bench", "--locked", "--bench", "micro"]);
    for name in CRATES {
        command.args(["--package", name]);
    }
    run(command.arg("--").args(TIMES))?;
    Ok(ExitCode::SUCCESS)
}
