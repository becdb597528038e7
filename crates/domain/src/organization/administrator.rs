//! The first administrator of a new organization.

use crate::agent::{Agent, Email, Grant, created_metadata, insert_agent};
use crate::audit::{Action, Metadata, NewAuditEvent};
use crate::caller::{Caller, Origin};
use crate::credential::{Drawn, draw};
use crate::did::{AgentDidKey, IdentityError};
use crate::id::AgentId;
use crate::organization::admin::{admin_error, first_admin, tell_created};
use crate::organization::service::member_metadata;
use crate::organization::{Organization, OrganizationError, OrganizationService, PlanLimits, Role};
use crate::text::cut;
use crate::unit_of_work::UnitOfWork;

/// An administrator before anything is written.
pub(super) struct NewAdmin {
    pub(super) agent: Agent,
    pub(super) key: AgentDidKey,
    pub(super) drawn: Drawn,
}

impl OrganizationService {
    /// Makes the first administrator and keeps its secrets.
    pub(super) async fn prepare_admin(
        &self,
        organization: &Organization,
        email: Email,
    ) -> Result<NewAdmin, OrganizationError> {
        let owner = cut(organization.name.as_str(), 128);
        let mut agent = first_admin(email, &owner, Grant::ORGANIZATION_ADMIN)?.into_agent(
            AgentId::new(self.ports.random.uuid()),
            organization.organization_id,
            self.ports.now(),
        );
        let key = self.identities.assign(&self.ports, &mut agent).await;
        let key = key.map_err(IdentityError::sort::<OrganizationError>)?;
        match draw(&self.ports, &self.secrets, agent.agent_id).await {
            Ok(drawn) => Ok(NewAdmin { agent, key, drawn }),
            Err(error) => {
                let secrets = &self.ports.secrets;
                secrets.take_back(&key.private_key, None).await;
                Err(error.into())
            }
        }
    }

    /// Inserts the first administrator; returns its audit events.
    pub(super) async fn add_admin(
        &self,
        work: &mut dyn UnitOfWork,
        caller: &Caller,
        origin: &Origin,
        organization: &Organization,
        NewAdmin { agent, key, drawn }: &NewAdmin,
    ) -> Result<Vec<NewAuditEvent>, OrganizationError> {
        let id = organization.organization_id;
        insert_agent(work, organization, PlanLimits::UNLIMITED, agent, key)
            .await
            .map_err(|error| admin_error(error, agent.email.clone()))?;
        let member = self.member(id, agent.agent_id, Role::Admin);
        work.organizations().add_member(&member).await?;
        let credential = drawn.credential(&self.ports, agent, None);
        work.credentials().insert(&credential).await?;
        tell_created(&self.ports, work, agent, &credential).await?;
        let generated = Metadata::new()
            .text("credentialId", credential.credential_id.to_string())
            .optional("expiresAt", None)
            .text("actorAgentId", caller.agent_id.to_string());
        let about = |action| NewAuditEvent::new(&self.ports, origin, id, action, agent.agent_id);
        Ok(vec![
            about(Action::AgentCreated).with(created_metadata(caller.into(), agent)),
            self.event(caller, origin, id, Action::OrganizationMemberAdded)
                .with(member_metadata(&member)),
            about(Action::CredentialGenerated).with(generated),
        ])
    }
}
