//! The revocation view: all revoked tokens and not-before markers that still
//! matter, in the memory of this replica.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::change::{Change, ChangeListener};
use crate::id::{AgentId, OrganizationId, TokenId};
use crate::token::{ACCESS_TOKEN_LIFETIME, NotBefore, RevocationRow, RevocationState};

#[derive(Default)]
struct State {
    revoked: HashMap<TokenId, i64>,
    agents: HashMap<AgentId, i64>,
    organizations: HashMap<OrganizationId, i64>,
}

/// Answers "has this token ended?" without I/O.
#[derive(Default)]
pub struct RevocationView {
    state: RwLock<State>,
}

impl RevocationView {
    /// An empty view; load it before it is asked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what the tables hold.
    pub fn load(&self, revocations: &[RevocationRow], markers: &[NotBefore]) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        for row in revocations {
            state.revoked.insert(row.token_id, row.expires_at);
        }
        for marker in markers {
            match *marker {
                NotBefore::Agent(id, at) => raise(&mut state.agents, id, at),
                NotBefore::Organization(id, at) => raise(&mut state.organizations, id, at),
            }
        }
    }

    /// What is known about a token.
    #[must_use]
    pub fn state(
        &self,
        token: TokenId,
        agent: Option<AgentId>,
        organization: OrganizationId,
    ) -> RevocationState {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        RevocationState {
            revoked: state.revoked.contains_key(&token),
            agent_not_before: agent.and_then(|agent| state.agents.get(&agent).copied()),
            organization_not_before: state.organizations.get(&organization).copied(),
        }
    }

    /// Forgets what concerns only tokens that expired before `now`, Unix
    /// seconds.
    pub fn prune(&self, now: i64) {
        let lifetime = i64::try_from(ACCESS_TOKEN_LIFETIME.as_secs()).unwrap_or(i64::MAX);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.revoked.retain(|_, expires_at| *expires_at > now);
        // A token with `iat` = marker + 1 can have been issued early; a margin
        // of a minute costs nothing.
        let keep = |marker: &mut i64| *marker + lifetime + 60 > now;
        state.agents.retain(|_, marker| keep(marker));
        state.organizations.retain(|_, marker| keep(marker));
    }

    /// Entries held, for the diagnosis of memory.
    #[must_use]
    pub fn len(&self) -> usize {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.revoked.len() + state.agents.len() + state.organizations.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn raise<K: std::hash::Hash + Eq>(markers: &mut HashMap<K, i64>, id: K, at: i64) {
    let marker = markers.entry(id).or_insert(at);
    *marker = (*marker).max(at);
}

impl ChangeListener for RevocationView {
    fn changed(&self, change: &Change) {
        let mut state = match change {
            Change::TokenRevoked { .. }
            | Change::AgentTokensEnded { .. }
            | Change::OrganizationTokensEnded { .. } => {
                self.state.write().unwrap_or_else(PoisonError::into_inner)
            }
            _ => return,
        };
        match *change {
            Change::TokenRevoked {
                token_id,
                expires_at,
            } => {
                state.revoked.insert(token_id, expires_at);
            }
            Change::AgentTokensEnded {
                agent_id,
                not_before,
            } => raise(&mut state.agents, agent_id, not_before),
            Change::OrganizationTokensEnded {
                organization_id,
                not_before,
            } => raise(&mut state.organizations, organization_id, not_before),
            Change::AgentChanged { .. }
            | Change::OrganizationChanged { .. }
            | Change::SigningKeysChanged => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_ends_tokens_up_to_and_including_its_second() {
        let view = RevocationView::new();
        let agent: AgentId = "11111111-1111-4111-8111-111111111111".parse().unwrap();
        let token: TokenId = "33333333-3333-4333-8333-333333333333".parse().unwrap();
        view.changed(&Change::AgentTokensEnded {
            agent_id: agent,
            not_before: 100,
        });
        view.changed(&Change::AgentTokensEnded {
            agent_id: agent,
            not_before: 90,
        });
        let state = view.state(token, Some(agent), OrganizationId::SYSTEM);
        assert!(state.ends(100));
        assert!(!state.ends(101));
        view.prune(100 + 3600 + 60);
        assert!(view.is_empty());
    }
}
