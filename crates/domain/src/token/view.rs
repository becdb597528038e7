//! The revocation view: all revoked tokens and not-before markers that still
//! matter, in the memory of this replica.
//!
//! Nothing is forgotten by the wall clock alone: a clock that was ahead for a
//! while and is set back would bring ended tokens to life again.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use tokio::time::Instant;

use crate::change::{Change, ChangeListener};
use crate::id::{AgentId, OrganizationId, TokenId};
use crate::token::{ACCESS_TOKEN_LIFETIME, NotBefore, RevocationRow, RevocationState};

/// How long an end matters: the tokens it concerns were issued before. A token
/// with `iat` = marker + 1 can have been issued early; a margin of a minute
/// costs nothing.
const MATTERS_FOR: Duration = ACCESS_TOKEN_LIFETIME.saturating_add(Duration::from_secs(60));

/// A time in Unix seconds, and when this replica learned of it.
#[derive(Clone, Copy)]
struct Known {
    at: i64,
    learned: Instant,
}

impl Known {
    fn now(at: i64) -> Self {
        Self {
            at,
            learned: Instant::now(),
        }
    }
}

#[derive(Default)]
struct State {
    revoked: HashMap<TokenId, Known>,
    agents: HashMap<AgentId, Known>,
    organizations: HashMap<OrganizationId, Known>,
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
            state
                .revoked
                .insert(row.token_id, Known::now(row.expires_at));
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
            agent_not_before: agent
                .and_then(|agent| state.agents.get(&agent).map(|known| known.at)),
            organization_not_before: state.organizations.get(&organization).map(|known| known.at),
        }
    }

    /// Forgets what concerns only tokens that expired before `now`, Unix
    /// seconds, and was learned longer ago than a token lives.
    pub fn prune(&self, now: i64) {
        let matters = i64::try_from(MATTERS_FOR.as_secs()).unwrap_or(i64::MAX);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let recent = |known: &Known| known.learned.elapsed() < MATTERS_FOR;
        state
            .revoked
            .retain(|_, known| known.at > now || recent(known));
        let keep = |known: &mut Known| known.at.saturating_add(matters) > now || recent(known);
        state.agents.retain(|_, known| keep(known));
        state.organizations.retain(|_, known| keep(known));
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

fn raise<K: std::hash::Hash + Eq>(markers: &mut HashMap<K, Known>, id: K, at: i64) {
    let marker = markers.entry(id).or_insert_with(|| Known::now(at));
    *marker = Known::now(marker.at.max(at));
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
                state.revoked.insert(token_id, Known::now(expires_at));
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

    const AGENT: &str = "11111111-1111-4111-8111-111111111111";
    const TOKEN: &str = "33333333-3333-4333-8333-333333333333";

    fn ended(not_before: i64) -> Change {
        Change::AgentTokensEnded {
            agent_id: AGENT.parse().unwrap(),
            not_before,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_marker_ends_tokens_up_to_and_including_its_second() {
        let view = RevocationView::new();
        let (agent, token) = (AGENT.parse().unwrap(), TOKEN.parse().unwrap());
        view.changed(&ended(100));
        view.changed(&ended(90));
        let state = view.state(token, Some(agent), OrganizationId::SYSTEM);
        assert!(state.ends(100));
        assert!(!state.ends(101));
        tokio::time::advance(MATTERS_FOR).await;
        view.prune(100 + 3600 + 59);
        assert!(!view.is_empty());
        view.prune(100 + 3600 + 60);
        assert!(view.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_runs_ahead_makes_nothing_forgotten() {
        let view = RevocationView::new();
        view.changed(&ended(100));
        view.changed(&Change::TokenRevoked {
            token_id: TOKEN.parse().unwrap(),
            expires_at: 3_700,
        });
        view.prune(100 + 7_200);
        assert_eq!(view.len(), 2);
        tokio::time::advance(MATTERS_FOR).await;
        view.prune(100 + 7_200);
        assert!(view.is_empty());
    }
}
