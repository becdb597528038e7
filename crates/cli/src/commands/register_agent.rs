//! `register-agent`.

use sentryagent_idp::{AgentType, DeploymentEnv, RegisterAgentRequest};

use crate::args::RegisterAgent;
use crate::config::Settings;
use crate::failure::Outcome;
use crate::session::Session;
use crate::ui::{Tone, Ui};

/// What to do when nobody knows whether there is an agent now.
const DOUBT: &str =
    "Look for the agent with `sentryagent list-agents` before you register it again.";

/// Carries out the command.
pub(crate) async fn run(args: RegisterAgent, settings: &Settings, ui: &Ui) -> Outcome<()> {
    let described = args.description.is_some();
    let session = Session::open(settings, &["agents:read", "agents:write"])?;
    let request = request(args);
    let agents = session.client().agents();
    let call = session.change(agents.register_agent(&request), DOUBT);
    let agent = ui.busy("Registering the agent", call).await?;
    if ui.is_json() {
        ui.json(&agent);
        return Ok(());
    }
    ui.success("Agent registered successfully");
    ui.talk("");
    ui.labelled("Agent ID:", Tone::Id, &agent.agent_id);
    ui.labelled("Name:", Tone::Plain, &agent.email);
    if described {
        ui.labelled("Description:", Tone::Plain, &agent.owner);
    }
    ui.labelled("Status:", Tone::Plain, agent.status.as_str());
    Ok(())
}

fn request(args: RegisterAgent) -> RegisterAgentRequest {
    let owner = args
        .owner
        .or(args.description)
        .unwrap_or_else(|| args.name.clone());
    RegisterAgentRequest {
        capabilities: args.capabilities,
        ..RegisterAgentRequest::new(
            args.name,
            AgentType::from(args.agent_type.as_str()),
            args.agent_version,
            owner,
            DeploymentEnv::from(args.env.as_str()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(owner: Option<&str>, description: Option<&str>) -> String {
        request(RegisterAgent {
            name: "a@b.example".to_owned(),
            description: description.map(str::to_owned),
            owner: owner.map(str::to_owned),
            agent_type: "custom".to_owned(),
            agent_version: "1.0.0".to_owned(),
            capabilities: Vec::new(),
            env: "production".to_owned(),
        })
        .owner
    }

    #[test]
    fn the_owner_is_the_best_that_is_known() {
        assert_eq!(owner(Some("o"), Some("d")), "o");
        assert_eq!(owner(None, Some("d")), "d");
        assert_eq!(owner(None, None), "a@b.example");
    }
}
