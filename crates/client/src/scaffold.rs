//! Starter projects.

use serde::Serialize;

use crate::error::AgentIdPError;
use crate::transport::Transport;
use crate::vocabulary::ScaffoldLanguage;

/// Which project to make.
#[derive(Serialize)]
struct ScaffoldParams<'a> {
    language: &'a ScaffoldLanguage,
}

/// Calls on starter projects.
#[derive(Clone, Copy)]
pub struct ScaffoldClient<'a> {
    transport: &'a Transport,
}

impl<'a> ScaffoldClient<'a> {
    pub(crate) fn new(transport: &'a Transport) -> Self {
        Self { transport }
    }

    /// Makes a small program for an agent of the organization and returns it as
    /// a ZIP archive, which holds no secret. The names in the archive are the
    /// server's: whoever unpacks it refuses those that leave the folder.
    ///
    /// ```no_run
    /// # use sentryagent_idp::{AgentIdPClient, AgentIdPError, ScaffoldLanguage};
    /// # async fn example(client: AgentIdPClient, agent_id: &str) -> Result<(), AgentIdPError> {
    /// let archive: Vec<u8> = client
    ///     .scaffold()
    ///     .download_scaffold(agent_id, &ScaffoldLanguage::Rust)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `AGENT_DECOMMISSIONED` after the end of the agent,
    /// `RATE_LIMIT_EXCEEDED` after ten projects in a minute.
    pub async fn download_scaffold(
        &self,
        agent_id: &str,
        language: &ScaffoldLanguage,
    ) -> Result<Vec<u8>, AgentIdPError> {
        let path = ["sdk", "scaffold", agent_id];
        let params = ScaffoldParams { language };
        self.transport.get_bytes(&path, &params).await
    }
}
