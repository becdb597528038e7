//! `agentidp revoke-tokens`.

use std::process::ExitCode;

use agentidp_domain::token::TokenOperator;

use crate::cli::RevokeTokensArgs;
use crate::compose::{Installation, Purpose};
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::ui;

pub(super) async fn run(config: &Config, arguments: &RevokeTokensArgs) -> Outcome<ExitCode> {
    let installation = Installation::open(config, Purpose::Operate).await?;
    let operator = TokenOperator::new(installation.ports.clone());
    let (target, found) = match (arguments.agent, arguments.organization) {
        (Some(id), _) => (format!("agent {id}"), operator.end_agent_tokens(id).await?),
        (None, Some(id)) => (
            format!("organization {id}"),
            operator.end_organization_tokens(id).await?,
        ),
        (None, None) => return Err(Failure::new("name an agent or an organization")),
    };
    if !found {
        return Err(Failure::new(format!(
            "there is no {target}; nothing was changed"
        )));
    }
    ui::line(format!("all outstanding tokens of {target} have ended"));
    ui::remark("New ones can be obtained; suspend it to prevent that.");
    installation.database.close();
    Ok(ExitCode::SUCCESS)
}
