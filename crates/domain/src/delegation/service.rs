//! Use cases of delegation.

use crate::agent::AgentStatus;
use crate::audit::{self, Action, Metadata, NewAuditEvent};
use crate::caller::{Caller, Origin};
use crate::delegation::{
    ChainWithParties, DelegationChain, DelegationError, DelegationKeyService, DelegationToken,
    NewDelegation,
};
use crate::error::AccessError;
use crate::id::{ChainId, OrganizationId};
use crate::organization::{OrganizationStatus, Role};
use crate::ports::Ports;
use crate::scope::{Scope as TokenScope, ScopeSet};
use crate::time::Timestamp;
use crate::token::Journal;
use crate::unit_of_work::{Scope, UnitOfWork};

/// What a verification finds.
#[derive(Clone, Debug)]
pub enum DelegationVerdict {
    /// The delegation holds.
    Valid(Box<DelegationChain>),
    /// It is genuine but does not hold: expired, revoked, or one of those
    /// concerned is not active.
    Invalid(Box<DelegationChain>),
    /// We did not make it, or do not know it any more.
    Unknown,
}

/// Creates, verifies and revokes delegations.
#[derive(Clone)]
pub struct DelegationService {
    ports: Ports,
    keys: DelegationKeyService,
    journal: Journal,
}

impl DelegationService {
    /// The service over `ports`; `journal` takes the events of verifications.
    #[must_use]
    pub fn new(ports: Ports, keys: DelegationKeyService, journal: Journal) -> Self {
        Self {
            ports,
            keys,
            journal,
        }
    }

    /// Lends scopes of the caller's token to another agent.
    ///
    /// # Errors
    ///
    /// Scopes beyond the token, unknown, foreign or inactive delegatee, the
    /// caller itself.
    pub async fn create(
        &self,
        caller: &Caller,
        origin: &Origin,
        new: NewDelegation,
    ) -> Result<DelegationChain, DelegationError> {
        if new.delegatee == caller.agent_id {
            return Err(DelegationError::ToOneself);
        }
        let scopes = delegable(caller, &new.scopes)?;
        let keys = self.keys.keys().await?;
        // Unbound by the tenant: a foreign delegatee has an answer of its own.
        let mut work = self.ports.write(Scope::System).await?;
        let delegatee = work.agents().find_for_update(new.delegatee).await?;
        let delegatee = delegatee.ok_or(DelegationError::DelegateeNotFound)?;
        if delegatee.organization_id != caller.organization_id {
            return Err(DelegationError::CrossTenant);
        }
        if delegatee.status != AgentStatus::Active {
            return Err(DelegationError::DelegateeNotActive);
        }
        let (issued_at, expires_at) = self.times(&new)?;
        let chain_id = ChainId::new(self.ports.random.uuid());
        let token = DelegationToken::sign(&keys, chain_id, issued_at, expires_at);
        let chain = DelegationChain {
            chain_id,
            organization_id: caller.organization_id,
            delegator: caller.agent_id,
            delegatee: new.delegatee,
            scopes,
            signature: token.signature().to_owned(),
            token: token.to_string(),
            ttl: new.ttl,
            issued_at,
            expires_at,
            revoked_at: None,
            created_at: self.ports.now(),
        };
        work.delegations().insert(&chain).await?;
        let log = caller.organization_id;
        let event = self.event(caller, origin, log, Action::DelegationCreated, chain_id);
        audit::append(work.audit(), vec![event]).await?;
        work.commit().await?;
        self.ports.metrics.delegation_created();
        Ok(chain)
    }

    /// Whole seconds, as they stand in the token.
    fn times(&self, new: &NewDelegation) -> Result<(Timestamp, Timestamp), DelegationError> {
        let begin = self.ports.now().unix_seconds();
        let end = begin.saturating_add(new.ttl.seconds().into());
        let time = |seconds: i64| {
            Timestamp::from_unix_millis(seconds.saturating_mul(1000)).ok_or_else(|| {
                crate::error::StoreError::Backend("the clock is outside the calendar".to_owned())
            })
        };
        Ok((time(begin)?, time(end)?))
    }

    /// Whether a shown delegation holds. Possession of the token is the
    /// permission to ask, also for agents of other organizations.
    ///
    /// # Errors
    ///
    /// A failing store, overload.
    pub async fn verify(
        &self,
        caller: &Caller,
        origin: &Origin,
        token: &DelegationToken,
    ) -> Result<DelegationVerdict, DelegationError> {
        let verdict = if token.is_genuine(self.keys.keys().await?.as_ref()) {
            self.verdict(token).await?
        } else {
            DelegationVerdict::Unknown
        };
        let log = caller.organization_id;
        let action = Action::DelegationVerified;
        let event = self.event(caller, origin, log, action, token.chain_id());
        let event = match verdict {
            DelegationVerdict::Valid(_) => event,
            DelegationVerdict::Invalid(_) | DelegationVerdict::Unknown => event.failed(),
        };
        self.journal.record(event).await?;
        self.ports.metrics.delegation_verified();
        Ok(verdict)
    }

    async fn verdict(&self, token: &DelegationToken) -> Result<DelegationVerdict, DelegationError> {
        let mut work = self.ports.read(Scope::System).await?;
        let found = work
            .delegations()
            .find_with_parties(token.chain_id())
            .await?;
        work.commit().await?;
        Ok(match found {
            None => DelegationVerdict::Unknown,
            Some(found) if self.holds(&found) => DelegationVerdict::Valid(Box::new(found.chain)),
            Some(found) => DelegationVerdict::Invalid(Box::new(found.chain)),
        })
    }

    fn holds(&self, found: &ChainWithParties) -> bool {
        found.chain.revoked_at.is_none()
            && found.chain.expires_at > self.ports.now()
            && found.delegator == AgentStatus::Active
            && found.delegatee == AgentStatus::Active
            && found.organization == OrganizationStatus::Active
    }

    /// Revokes a delegation at once. Idempotent: the first revocation counts.
    ///
    /// # Errors
    ///
    /// [`DelegationError::NotFound`], also for a chain of another organization
    /// unless the caller's token holds `admin:orgs`;
    /// [`AccessError::Denied`] for a caller that is neither delegator nor
    /// administrator.
    pub async fn revoke(
        &self,
        caller: &Caller,
        origin: &Origin,
        id: ChainId,
    ) -> Result<(), DelegationError> {
        let platform_admin = caller.scopes.contains(TokenScope::AdminOrgs);
        let mut work = self.ports.write(Scope::System).await?;
        let chain = work.delegations().find(id).await?;
        let chain = chain
            .filter(|chain| chain.organization_id == caller.organization_id || platform_admin)
            .ok_or(DelegationError::NotFound)?;
        if chain.delegator != caller.agent_id && !platform_admin {
            require_admin(work.as_mut(), caller).await?;
        }
        if !work.delegations().revoke(id, self.ports.now()).await? {
            return Ok(());
        }
        let log = chain.organization_id;
        let event = self.event(caller, origin, log, Action::DelegationRevoked, id);
        audit::append(work.audit(), vec![event]).await?;
        work.commit().await?;
        self.ports.metrics.delegation_revoked();
        Ok(())
    }

    fn event(
        &self,
        caller: &Caller,
        origin: &Origin,
        log: OrganizationId,
        action: Action,
        chain: ChainId,
    ) -> NewAuditEvent {
        NewAuditEvent::new(&self.ports, origin, log, action, caller.agent_id)
            .with(Metadata::new().text("chainId", chain.to_string()))
    }
}

async fn require_admin(work: &mut dyn UnitOfWork, caller: &Caller) -> Result<(), DelegationError> {
    let role = work
        .organizations()
        .role(caller.organization_id, caller.agent_id)
        .await?;
    if role == Some(Role::Admin) {
        Ok(())
    } else {
        Err(AccessError::Denied.into())
    }
}

/// The wanted scopes, if the caller's token has all of them and none of them
/// is `admin:orgs`.
fn delegable(caller: &Caller, wanted: &[String]) -> Result<ScopeSet, DelegationError> {
    let available = caller.scopes.without(TokenScope::AdminOrgs);
    wanted
        .iter()
        .map(|name| {
            name.parse::<TokenScope>()
                .ok()
                .filter(|scope| available.contains(*scope))
        })
        .collect::<Option<ScopeSet>>()
        .ok_or_else(|| DelegationError::ScopeExceeded {
            requested: wanted.to_vec(),
            available,
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::{AgentId, TokenId};
    use crate::random::{Random, SystemRandom};

    fn caller(scopes: ScopeSet) -> Caller {
        Caller {
            agent_id: AgentId::new(SystemRandom.uuid()),
            organization_id: OrganizationId::SYSTEM,
            scopes,
            token_id: TokenId::new(SystemRandom.uuid()),
        }
    }

    proptest! {
        /// Nothing beyond the token is lent, and never `admin:orgs`.
        #[test]
        fn lent_scopes_are_a_subset(
            held in prop::collection::vec(prop::sample::select(TokenScope::ALL), 0..8),
            wanted in prop::collection::vec(prop::sample::select(TokenScope::ALL), 1..8),
        ) {
            let held: ScopeSet = held.into_iter().collect();
            let names: Vec<String> = wanted.iter().map(ToString::to_string).collect();
            let wanted: ScopeSet = wanted.into_iter().collect();
            let may = wanted.is_subset(held) && !wanted.contains(TokenScope::AdminOrgs);
            match delegable(&caller(held), &names) {
                Ok(lent) => prop_assert!(may && lent == wanted),
                Err(_) => prop_assert!(!may),
            }
        }
    }

    #[test]
    fn unknown_names_are_refused() {
        let names = vec!["agents:read".to_owned(), "agents:fly".to_owned()];
        assert!(delegable(&caller(ScopeSet::ALL), &names).is_err());
    }
}
