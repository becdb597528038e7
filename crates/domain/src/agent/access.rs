//! Who may do what with an agent: the tenant rule and the non-escalation
//! rule.

use crate::agent::{Agent, Grant};
use crate::caller::Caller;
use crate::error::{AccessError, StoreError};
use crate::id::AgentId;
use crate::organization::Role;
use crate::ports::Ports;
use crate::scope::Scope;
use crate::unit_of_work::{self, UnitOfWork};

/// A guarded operation, as far as the non-escalation rule cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Setting this grant; the present one of the target (if it exists
    /// already) counts too.
    SetGrant(Grant),
    /// Generating, listing, rotating or revoking credentials.
    Credentials,
    /// Changing the state, decommissioning included.
    Status,
}

/// Finds an agent by id and checks that it belongs to the caller's
/// organization. `Ok(None)` for an unknown id.
///
/// The look-up runs in the system scope: only so can "foreign" be told from
/// "unknown".
///
/// # Errors
///
/// [`AccessError::Denied`] inside the result for a foreign agent.
pub async fn load_owned(
    ports: &Ports,
    caller: &Caller,
    id: AgentId,
) -> Result<Option<Result<Agent, AccessError>>, StoreError> {
    let mut work = ports.read(unit_of_work::Scope::System).await?;
    let agent = work.agents().find(id).await?;
    work.commit().await?;
    Ok(agent.map(|agent| owned(caller, agent)))
}

/// The tenant rule: `agent`, if it belongs to the caller's organization.
///
/// # Errors
///
/// [`AccessError::Denied`] for a foreign agent.
pub fn owned(caller: &Caller, agent: Agent) -> Result<Agent, AccessError> {
    if agent.organization_id == caller.organization_id {
        Ok(agent)
    } else {
        Err(AccessError::Denied)
    }
}

/// The non-escalation rule: nobody gains scopes through another agent.
/// `target` is `None` when a new agent is registered.
///
/// # Errors
///
/// `Ok(Err(AccessError::Denied))` when none of the four conditions holds.
pub async fn require_not_escalating(
    work: &mut dyn UnitOfWork,
    caller: &Caller,
    target: Option<&Agent>,
    guard: Guard,
) -> Result<Result<(), AccessError>, StoreError> {
    if decided_by_token(caller, target, guard) {
        return Ok(Ok(()));
    }
    let admin_orgs_concerned = requested(guard)
        .chain(present(target))
        .any(|grant| grant.scopes().contains(Scope::AdminOrgs));
    if !admin_orgs_concerned {
        let role = work
            .organizations()
            .role(caller.organization_id, caller.agent_id)
            .await?;
        if role == Some(Role::Admin) {
            return Ok(Ok(()));
        }
    }
    Ok(Err(AccessError::Denied))
}

/// Conditions 1, 2 and 4: those that the token and the target alone decide.
fn decided_by_token(caller: &Caller, target: Option<&Agent>, guard: Guard) -> bool {
    let subset = requested(guard)
        .chain(present(target))
        .all(|grant| grant.scopes().is_subset(caller.scopes));
    let is_self = target.is_some_and(|target| target.agent_id == caller.agent_id);
    let self_service = is_self && !matches!(guard, Guard::SetGrant(_));
    subset || self_service || caller.scopes.contains(Scope::AdminOrgs)
}

fn requested(guard: Guard) -> impl Iterator<Item = Grant> {
    match guard {
        Guard::SetGrant(grant) => Some(grant),
        Guard::Credentials | Guard::Status => None,
    }
    .into_iter()
}

fn present(target: Option<&Agent>) -> impl Iterator<Item = Grant> {
    target.map(|target| target.grant).into_iter()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::agent::{AgentType, Capabilities, DeploymentEnv, Email, NewAgent, Owner, Version};
    use crate::id::{OrganizationId, TokenId};
    use crate::random::{Random, SystemRandom};
    use crate::scope::ScopeSet;
    use crate::time::{Clock, SystemClock};

    fn scope_set() -> impl Strategy<Value = ScopeSet> {
        prop::collection::vec(prop::sample::select(Scope::ALL), 1..8)
            .prop_map(|scopes| scopes.into_iter().collect())
    }

    fn agent(grant: ScopeSet) -> Agent {
        NewAgent {
            email: Email::new("a@example.com").unwrap(),
            agent_type: AgentType::Custom,
            version: Version::new("1.0").unwrap(),
            capabilities: Capabilities::default(),
            owner: Owner::new("team").unwrap(),
            deployment_env: DeploymentEnv::Production,
            grant: Some(Grant::new(grant).unwrap()),
            is_public: false,
        }
        .into_agent(
            AgentId::new(SystemRandom.uuid()),
            OrganizationId::SYSTEM,
            SystemClock.now(),
        )
    }

    fn caller(scopes: ScopeSet) -> Caller {
        Caller {
            agent_id: AgentId::new(SystemRandom.uuid()),
            organization_id: OrganizationId::SYSTEM,
            scopes,
            token_id: TokenId::new(SystemRandom.uuid()),
        }
    }

    proptest! {
        /// Whoever passes by the token alone, without `admin:orgs` and not on
        /// itself, could already do everything the target can do and will be
        /// able to do.
        #[test]
        fn passing_gains_nothing(held in scope_set(), present in scope_set(), wanted in scope_set()) {
            prop_assume!(!held.contains(Scope::AdminOrgs));
            let target = agent(present);
            let caller = caller(held);
            for guard in [Guard::Credentials, Guard::Status, Guard::SetGrant(Grant::new(wanted).unwrap())] {
                if decided_by_token(&caller, Some(&target), guard) {
                    prop_assert!(present.is_subset(held));
                    if matches!(guard, Guard::SetGrant(_)) {
                        prop_assert!(wanted.is_subset(held));
                    }
                }
            }
        }

        #[test]
        fn nobody_sets_its_own_grant_beyond_its_token(held in scope_set(), wanted in scope_set()) {
            let target = agent(held);
            let mut caller = caller(held.without(Scope::AdminOrgs));
            caller.agent_id = target.agent_id;
            let guard = Guard::SetGrant(Grant::new(wanted).unwrap());
            let allowed = decided_by_token(&caller, Some(&target), guard);
            prop_assert_eq!(allowed, wanted.is_subset(caller.scopes) && held.is_subset(caller.scopes));
        }

        #[test]
        fn an_agent_manages_its_own_credentials_and_state(held in scope_set(), present in scope_set()) {
            let target = agent(present);
            let mut caller = caller(held);
            caller.agent_id = target.agent_id;
            prop_assert!(decided_by_token(&caller, Some(&target), Guard::Credentials));
            prop_assert!(decided_by_token(&caller, Some(&target), Guard::Status));
        }
    }
}
