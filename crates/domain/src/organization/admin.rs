//! First administrators: the agent that comes with an organization.

use crate::agent::{
    Agent, AgentError, AgentType, Capabilities, DeploymentEnv, Email, Grant, NewAgent, Owner,
    Version,
};
use crate::credential::Credential;
use crate::error::StoreError;
use crate::organization::OrganizationError;
use crate::outbox::{self, EventType, PlatformEvent};
use crate::ports::Ports;
use crate::unit_of_work::UnitOfWork;

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

/// Tells of a first administrator and its credential.
pub(crate) async fn tell_created(
    ports: &Ports,
    work: &mut dyn UnitOfWork,
    agent: &Agent,
    credential: &Credential,
) -> Result<(), StoreError> {
    let told = vec![
        PlatformEvent::of_agent(ports, EventType::AgentCreated, agent),
        PlatformEvent::of_credential(ports, EventType::CredentialGenerated, credential),
    ];
    outbox::emit(ports, work, told).await
}

/// What a failed registration means for the organization.
pub(super) fn admin_error(error: AgentError, email: Email) -> OrganizationError {
    match error {
        AgentError::AlreadyExists { .. } => OrganizationError::AdminEmailTaken { email },
        AgentError::Store(error) => error.into(),
        other => StoreError::Backend(other.to_string()).into(),
    }
}
