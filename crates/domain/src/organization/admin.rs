//! First administrators: the agent that comes with an organization.

use crate::agent::{
    AgentError, AgentType, Capabilities, DeploymentEnv, Email, Grant, NewAgent, Owner, Version,
};
use crate::error::StoreError;
use crate::organization::OrganizationError;

/// The registration of a first administrator.
pub(crate) fn first_admin(email: Email, owner: &str, grant: Grant) -> Result<NewAgent, StoreError> {
    let impossible = |error: crate::validation::Invalid| StoreError::Backend(error.to_string());
    Ok(NewAgent {
        email,
        agent_type: AgentType::Orchestrator,
        version: Version::new("1.0.0").map_err(impossible)?,
        capabilities: Capabilities::default(),
        owner: Owner::new(owner).map_err(impossible)?,
        deployment_env: DeploymentEnv::Production,
        grant: Some(grant),
        is_public: false,
    })
}

/// What a failed registration means for the organization.
pub(super) fn admin_error(error: AgentError, email: Email) -> OrganizationError {
    match error {
        AgentError::AlreadyExists { .. } => OrganizationError::AdminEmailTaken { email },
        AgentError::Store(error) => error.into(),
        other => StoreError::Backend(other.to_string()).into(),
    }
}
