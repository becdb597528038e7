//! What the marketplace shows, and what it is searched for.

use crate::agent::{Agent, AgentType, Capabilities, DeploymentEnv, Owner, Version};
use crate::did::MinimalDidDocument;
use crate::id::AgentId;
use crate::page::PageRequest;
use crate::time::Timestamp;
use crate::validation::Invalid;

/// What everybody may know of a public agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicAgent {
    /// Id.
    pub agent_id: AgentId,
    /// What the agent does.
    pub agent_type: AgentType,
    /// Its version.
    pub version: Version,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Who answers for it, the publisher.
    pub owner: Owner,
    /// Where it runs.
    pub deployment_env: DeploymentEnv,
    /// `did:web` identifier, once generated.
    pub did: Option<String>,
    /// When it was made public for the first time.
    pub published_at: Timestamp,
}

/// A public agent with the document of its identifier.
#[derive(Clone, Debug)]
pub struct PublicAgentDetail {
    /// The agent.
    pub agent: PublicAgent,
    /// The document, if the agent has an identifier.
    pub did_document: Option<MinimalDidDocument>,
}

/// Which public agents are wanted; all conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketplaceQuery {
    /// Words that all occur in the [`search_text`] of an agent.
    pub words: SearchWords,
    /// Exactly one of its capabilities.
    pub capability: Option<String>,
    /// Exact owner.
    pub publisher: Option<String>,
    /// Which part of the list.
    pub page: PageRequest,
}

/// Words to look for, in lower case and without repetitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchWords(Vec<String>);

impl SearchWords {
    /// Longest text, in characters.
    const MAX_LENGTH: usize = 256;

    /// Splits a text at white space.
    ///
    /// # Errors
    ///
    /// When it has more than 256 characters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.chars().count() > Self::MAX_LENGTH {
            let limit = Self::MAX_LENGTH;
            return Err(Invalid::new(format!(
                "Must have at most {limit} characters."
            )));
        }
        let mut words = Vec::new();
        for word in text.split_whitespace().map(str::to_lowercase) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        Ok(Self(words))
    }

    /// The words.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

/// The text in which [`SearchWords`] are looked for: owner, capabilities and
/// type in lower case, each on a line of its own. No word spans two lines.
#[must_use]
pub fn search_text(agent: &Agent) -> String {
    let mut lines = vec![agent.owner.as_str()];
    lines.extend(agent.capabilities.as_slice().iter().map(String::as_str));
    lines.push(agent.agent_type.as_str());
    lines.join("\n").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::{Email, NewAgent};
    use crate::id::OrganizationId;

    fn words(text: &str) -> Vec<String> {
        SearchWords::parse(text).unwrap().as_slice().to_vec()
    }

    #[test]
    fn words_are_split_at_any_white_space_and_lowered() {
        assert!(words("").is_empty());
        assert!(words(" \t\n").is_empty());
        assert_eq!(
            words("  Talent\tTEAM\u{a0}100%\n"),
            ["talent", "team", "100%"]
        );
        assert_eq!(words("ÄRZTE Ärzte ärzte"), ["ärzte"]);
    }

    #[test]
    fn the_length_counts_characters() {
        assert!(SearchWords::parse(&"ä".repeat(256)).is_ok());
        let refused = SearchWords::parse(&"ä".repeat(257));
        assert_eq!(
            refused,
            Err(Invalid::new("Must have at most 256 characters."))
        );
    }

    #[test]
    fn the_text_holds_three_fields_and_no_other() {
        let new = NewAgent {
            email: Email::new("secret@example.com").unwrap(),
            agent_type: AgentType::Router,
            version: Version::new("9.9.9").unwrap(),
            capabilities: Capabilities::new(vec!["Mail:Send".into(), "x".into()]).unwrap(),
            owner: Owner::new("Die Ärzte").unwrap(),
            deployment_env: DeploymentEnv::Staging,
            grant: None,
            is_public: true,
        };
        let id = AgentId::new(uuid::Uuid::nil());
        let now = Timestamp::from_unix_millis(0).unwrap();
        let agent = new.into_agent(id, OrganizationId::SYSTEM, now);
        assert_eq!(search_text(&agent), "die ärzte\nmail:send\nx\nrouter");
    }
}
