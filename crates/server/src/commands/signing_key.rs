//! `agentidp rotate-signing-key`.

use std::process::ExitCode;

use agentidp_domain::token::RotationKind;

use crate::cli::RotateSigningKeyArgs;
use crate::compose::{Installation, Purpose};
use crate::config::Config;
use crate::failure::Outcome;
use crate::ui;

pub(super) async fn run(config: &Config, arguments: &RotateSigningKeyArgs) -> Outcome<ExitCode> {
    let installation = Installation::open(config, Purpose::Operate).await?;
    if arguments.immediate {
        installation.keys.rotate(RotationKind::Immediate).await?;
        ui::line("a new key signs; all older keys have ended, and the tokens signed with them");
    } else {
        installation.keys.rotate(RotationKind::Normal).await?;
        let hours = config.tokens.keys.grace.as_secs() / 3600;
        ui::line(format!(
            "the next key signs; the previous one stays published for {hours} hours"
        ));
    }
    installation.database.close();
    Ok(ExitCode::SUCCESS)
}
