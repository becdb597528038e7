//! `agentidp openapi`.

use std::process::ExitCode;

use crate::cli::OpenapiArgs;
use crate::failure::{Failure, Outcome};
use crate::ui;

pub(super) fn run(arguments: &OpenapiArgs) -> Outcome<ExitCode> {
    let documents = agentidp_http::openapi::documents();
    for (name, document) in &documents {
        let path = arguments.out.join(name);
        let failed = || format!("{}", path.display());
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Failure::during(failed()))?;
        }
        let text = serde_json::to_string_pretty(document).map_err(Failure::during(failed()))?;
        std::fs::write(&path, text + "\n").map_err(Failure::during(failed()))?;
    }
    ui::line(format!(
        "{} files written to {}",
        documents.len(),
        arguments.out.display()
    ));
    Ok(ExitCode::SUCCESS)
}
