//! What a starter project knows of its agent.

use crate::agent::Agent;
use crate::scaffold::escape::Format;

/// Values for the placeholders of the templates.
pub(super) struct Variables {
    agent_id: String,
    agent_name: String,
    agent_type: String,
    capabilities: Vec<String>,
    client_id: String,
    api_url: String,
    package: String,
}

impl Variables {
    /// The values of an agent, for a server at `api_url`.
    pub(super) fn of(agent: &Agent, api_url: &str) -> Self {
        let agent_id = agent.agent_id.to_string();
        let local = agent.email.as_str().split('@').next().unwrap_or_default();
        let agent_name = if local.is_empty() {
            agent_id.as_str()
        } else {
            local
        };
        Self {
            package: package_name(agent_name),
            agent_name: agent_name.to_owned(),
            agent_type: agent.agent_type.to_string(),
            capabilities: agent.capabilities.as_slice().to_vec(),
            // Of every credential of an agent the client id is the agent's id.
            client_id: agent_id.clone(),
            agent_id,
            api_url: api_url.to_owned(),
        }
    }

    /// Name of the archive: that of the agent, in characters that every file
    /// system and header takes.
    pub(super) fn file_name(&self) -> String {
        let safe = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let name: String = self
            .agent_name
            .chars()
            .map(|c| if safe(c) { c } else { '-' })
            .collect();
        format!("{name}-scaffold.zip")
    }

    /// What is written in the place of a placeholder `format:VARIABLE`.
    pub(super) fn fill(&self, placeholder: &str) -> Option<String> {
        let (format, variable) = placeholder.split_once(':')?;
        let format = Format::by_name(format)?;
        let text = match variable {
            "AGENT_ID" => &self.agent_id,
            "AGENT_NAME" => &self.agent_name,
            "AGENT_TYPE" => &self.agent_type,
            "API_URL" => &self.api_url,
            "CAPABILITIES" => return Some(format.list(&self.capabilities)),
            "CLIENT_ID" => &self.client_id,
            "PACKAGE" => &self.package,
            _ => return None,
        };
        Some(format.escape(text))
    }
}

/// A name for the project that npm, Cargo, Go and Maven all take: lower-case
/// letters, digits and single hyphens, a letter first.
fn package_name(agent_name: &str) -> String {
    let lower = agent_name.to_ascii_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let name = words.join("-");
    match name.chars().next() {
        Some(first) if first.is_ascii_lowercase() => format!("{name}-scaffold"),
        Some(_) => format!("agent-{name}-scaffold"),
        None => "agent-scaffold".to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::agent::{AgentType, Capabilities, DeploymentEnv, Email, NewAgent, Owner, Version};
    use crate::id::OrganizationId;
    use crate::time::{Clock, SystemClock};

    /// An agent with this address and these capabilities.
    pub(in crate::scaffold) fn agent(email: &str, capabilities: &[&str]) -> Agent {
        let capabilities = capabilities.iter().map(|&entry| entry.to_owned()).collect();
        NewAgent {
            email: Email::new(email).unwrap(),
            agent_type: AgentType::Screener,
            version: Version::new("1.0").unwrap(),
            capabilities: Capabilities::new(capabilities).unwrap(),
            owner: Owner::new("team").unwrap(),
            deployment_env: DeploymentEnv::Production,
            grant: None,
            is_public: false,
        }
        .into_agent(
            "a1b2c3d4-0000-4000-8000-000000000001".parse().unwrap(),
            OrganizationId::SYSTEM,
            SystemClock.now(),
        )
    }

    fn variables(email: &str) -> Variables {
        Variables::of(&agent(email, &["resume:read"]), "https://api.example")
    }

    #[test]
    fn the_name_is_the_part_before_the_at_sign() {
        let variables = variables("screener-001@acme.example");
        assert_eq!(variables.fill("json:AGENT_NAME").unwrap(), "screener-001");
        assert_eq!(variables.file_name(), "screener-001-scaffold.zip");
        let id = variables.fill("json:AGENT_ID");
        assert_eq!(id.as_deref(), Some("a1b2c3d4-0000-4000-8000-000000000001"));
        assert_eq!(variables.fill("json:CLIENT_ID"), id);
    }

    #[test]
    fn a_file_name_has_no_awkward_characters() {
        let file_name = variables("o'neil/é+{x}@acme.example").file_name();
        assert_eq!(file_name, "o-neil----x--scaffold.zip");
    }

    #[test]
    fn package_names_suit_every_manifest() {
        for (name, package) in [
            ("screener-001", "screener-001-scaffold"),
            ("Screener_001", "screener-001-scaffold"),
            ("007", "agent-007-scaffold"),
            ("+a'b+", "a-b-scaffold"),
            ("é", "agent-scaffold"),
        ] {
            assert_eq!(package_name(name), package);
        }
    }

    #[test]
    fn unknown_placeholders_have_no_value() {
        let variables = variables("a@acme.example");
        for placeholder in ["AGENT_ID", "json:", "json:SECRET", "html:AGENT_ID", ""] {
            assert_eq!(variables.fill(placeholder), None, "{placeholder}");
        }
    }
}
