//! The use case: a starter project for an agent.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::agent::{Agent, AgentStatus, load_owned};
use crate::audit::{Action, Metadata, NewAuditEvent};
use crate::caller::{Caller, Origin};
use crate::id::AgentId;
use crate::ports::Ports;
use crate::scaffold::variables::Variables;
use crate::scaffold::{Language, ScaffoldError, ScaffoldFile};
use crate::token::Journal;

/// A starter project, packed.
#[derive(Clone, Debug)]
pub struct Scaffold<A> {
    /// Name for the archive, `[A-Za-z0-9._-]` only.
    pub file_name: String,
    /// The archive.
    pub archive: A,
}

/// Generates starter projects.
#[derive(Clone)]
pub struct ScaffoldService {
    ports: Ports,
    journal: Journal,
    api_url: Arc<str>,
}

impl ScaffoldService {
    /// Projects that speak to the server at `api_url` (its origin, without
    /// `/api/v1`); `journal` takes the events.
    #[must_use]
    pub fn new(ports: Ports, journal: Journal, api_url: &str) -> Self {
        Self {
            ports,
            journal,
            api_url: api_url.into(),
        }
    }

    /// Generates a project for an agent of the caller's organization and packs
    /// its files with `pack`. The event is durable when this returns.
    ///
    /// # Errors
    ///
    /// Unknown, foreign or decommissioned agent, files that cannot be packed, a
    /// failing store.
    pub async fn generate<A>(
        &self,
        caller: &Caller,
        origin: &Origin,
        agent_id: AgentId,
        language: Language,
        pack: fn(&[ScaffoldFile]) -> io::Result<A>,
    ) -> Result<Scaffold<A>, ScaffoldError> {
        let agent = self.agent(caller, agent_id).await?;
        let started = Instant::now();
        let variables = Variables::of(&agent, &self.api_url);
        let files = language.render(&variables)?;
        let archive = pack(&files).map_err(ScaffoldError::Archive)?;
        let elapsed = started.elapsed();
        let log = caller.organization_id;
        let action = Action::ScaffoldGenerated;
        let event = NewAuditEvent::new(&self.ports, origin, log, action, caller.agent_id)
            .with(Metadata::new().text("language", language.as_str()));
        self.journal.record(event).await?;
        self.ports.metrics.scaffold_generated(language, elapsed);
        Ok(Scaffold {
            file_name: variables.file_name(),
            archive,
        })
    }

    async fn agent(&self, caller: &Caller, id: AgentId) -> Result<Agent, ScaffoldError> {
        let agent = load_owned(&self.ports, caller, id).await?;
        let agent = agent.ok_or(ScaffoldError::NotFound)??;
        if agent.status == AgentStatus::Decommissioned {
            return Err(ScaffoldError::Decommissioned);
        }
        Ok(agent)
    }
}
