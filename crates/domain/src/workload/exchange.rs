//! The exchange: a provider's token in, one of ours out (after RFC 8693).

use std::sync::Arc;
use std::time::Duration;

use crate::agent::{AgentStatus, Grant};
use crate::audit::{Action, EventSubject, NewAuditEvent};
use crate::caller::{Origin, Subject};
use crate::foreign::{ForeignClaims, KeySets};
use crate::id::{AgentId, OrganizationId};
use crate::ports::Ports;
use crate::scope::{Scope as TokenScope, ScopeSet};
use crate::token::minting::{Minter, Wish};
use crate::token::service::issued_metadata;
use crate::token::{
    ACCESS_TOKEN_LIFETIME, AccessTokenClaims, Issuance, IssueOutcome, Journal, Proof, TokenError,
};
use crate::unit_of_work::Scope;
use crate::workload::trace::Trace;
use crate::workload::{
    Admission, ExchangeError, Mode, PolicyCandidate, Provider, Providers, WorkloadIdentity,
    admission,
};

/// Lifetime of bootstrap tokens.
const BOOTSTRAP_LIFETIME: Duration = Duration::from_secs(600);

/// Policies of one repository that are looked at; more admit nothing.
const CANDIDATES: i64 = 1_000;

/// Attempts when policy or agent change between admission and commit.
const ATTEMPTS: usize = 3;

/// What a workflow asks for.
#[derive(Clone)]
pub struct ExchangeRequest {
    /// The provider's token.
    pub token: String,
    /// Which provider.
    pub provider: Provider,
    /// As which agent to act.
    pub agent_id: Option<AgentId>,
    /// Only policies of this organization.
    pub organization_id: Option<OrganizationId>,
}

/// A token for a workflow.
#[derive(Clone, Debug)]
pub struct ExchangedToken {
    /// The access token.
    pub access_token: String,
    /// Its lifetime.
    pub lifetime: Duration,
    /// Its scopes.
    pub scopes: ScopeSet,
}

/// The parts of a [`WorkloadExchange`].
#[derive(Clone)]
pub struct WorkloadExchangeParts {
    /// Ports.
    pub ports: Ports,
    /// Makes tokens.
    pub minter: Minter,
    /// Makes events durable.
    pub journal: Journal,
    /// Keys of providers.
    pub keys: Arc<KeySets>,
    /// Known providers.
    pub providers: Providers,
}

/// Exchanges tokens of workflows.
#[derive(Clone)]
pub struct WorkloadExchange {
    parts: WorkloadExchangeParts,
}

impl WorkloadExchange {
    /// The exchange over its parts.
    #[must_use]
    pub fn new(parts: WorkloadExchangeParts) -> Self {
        Self { parts }
    }

    /// Exchanges a provider's token. Token or refusal are durable in the audit
    /// log when this returns.
    ///
    /// # Errors
    ///
    /// [`ExchangeError`], by the first check that fails.
    pub async fn exchange(
        &self,
        request: &ExchangeRequest,
        origin: &Origin,
    ) -> Result<ExchangedToken, ExchangeError> {
        let mut trace = Trace::of(request);
        let result = self.attempt(request, origin, &mut trace).await;
        if let Err(error) = &result
            && let Some(reason) = error.reason()
        {
            self.record_refusal(trace, origin, reason).await?;
        }
        result
    }

    async fn attempt(
        &self,
        request: &ExchangeRequest,
        origin: &Origin,
        trace: &mut Trace,
    ) -> Result<ExchangedToken, ExchangeError> {
        let claims = self.verified_claims(request).await?;
        trace.note_claims(&claims);
        let identity = WorkloadIdentity::from_claims(request.provider, &claims)
            .ok_or(ExchangeError::NoPolicy)?;
        trace.note_identity(&identity);
        for _ in 0..ATTEMPTS {
            let admission = self.admit(request, &identity).await;
            let admission = admission.inspect_err(|refusal| trace.note_refusal(refusal))?;
            trace.note_admission(&admission);
            require_active(&admission.candidate)?;
            self.pin(&admission, &identity).await?;
            if let Some(token) = self.issue(&admission, origin, trace).await? {
                return Ok(token);
            }
        }
        Err(TokenError::Busy.into())
    }

    /// Signature, issuer, audience and times.
    async fn verified_claims(
        &self,
        request: &ExchangeRequest,
    ) -> Result<ForeignClaims, ExchangeError> {
        let (keys, providers) = (&self.parts.keys, &self.parts.providers);
        let invalid = |_| ExchangeError::InvalidToken;
        let token = keys.parse(&request.token).map_err(invalid)?;
        let algorithms = Providers::algorithms(request.provider);
        let signed = token.algorithm.is_some_and(|a| algorithms.contains(&a));
        let issuer = &providers.settings(request.provider).issuer;
        if !signed || token.claims.text("iss") != Some(issuer) {
            return Err(ExchangeError::InvalidToken);
        }
        let source = providers.key_source(request.provider);
        keys.verify(&source, &request.token)
            .await?
            .map_err(invalid)?;
        let claims = token.claims;
        let for_us = claims.audiences().is_some_and(|audiences| {
            audiences
                .iter()
                .any(|audience| providers.audiences.iter().any(|ours| ours == audience))
        });
        let now = self.parts.ports.now().unix_seconds();
        if !for_us || !claims.has_expiry() || claims.is_early(now) {
            return Err(ExchangeError::InvalidToken);
        }
        if claims.is_expired(now) {
            return Err(ExchangeError::ExpiredToken);
        }
        Ok(claims)
    }

    async fn admit(
        &self,
        request: &ExchangeRequest,
        identity: &WorkloadIdentity,
    ) -> Result<Admission, ExchangeError> {
        let mut work = self.parts.ports.read(Scope::System).await?;
        let candidates = work
            .trust_policies()
            .candidates(
                request.provider,
                &identity.repository,
                request.organization_id,
                CANDIDATES + 1,
            )
            .await?;
        work.commit().await?;
        if i64::try_from(candidates.len()).is_ok_and(|count| count > CANDIDATES) {
            tracing::warn!("more than {CANDIDATES} trust policies name one repository");
            return Err(ExchangeError::NoPolicy);
        }
        admission::admit(candidates, identity, request.agent_id)
    }

    /// Binds the policy to the repository that uses it first.
    async fn pin(
        &self,
        admission: &Admission,
        identity: &WorkloadIdentity,
    ) -> Result<(), ExchangeError> {
        let policy = &admission.candidate.policy;
        let (id, owner) = (
            identity.repository_id.as_deref(),
            identity.repository_owner_id.as_deref(),
        );
        let noted = (
            policy.repository_id.as_deref(),
            policy.repository_owner_id.as_deref(),
        );
        if noted == (id, owner) {
            return Ok(());
        }
        let now = self.parts.ports.now();
        let mut work = self.parts.ports.write(Scope::System).await?;
        let stored = work
            .trust_policies()
            .pin(policy.policy_id, id, owner, now)
            .await?;
        work.commit().await?;
        let (stored_id, stored_owner) = stored.ok_or(ExchangeError::NoPolicy)?;
        // Two repositories of one name, at the same time: one of them is wrong.
        if stored_id.as_deref() == id && stored_owner.as_deref() == owner {
            Ok(())
        } else {
            Err(ExchangeError::NoPolicy)
        }
    }

    /// `None` when policy, agent or organization changed meanwhile.
    async fn issue(
        &self,
        admission: &Admission,
        origin: &Origin,
        trace: &Trace,
    ) -> Result<Option<ExchangedToken>, ExchangeError> {
        let candidate = &admission.candidate;
        let policy = &candidate.policy;
        let (subject, lifetime) = match policy.agent_id {
            Some(agent) => (Subject::Agent(agent), ACCESS_TOKEN_LIFETIME),
            None => (Subject::TrustPolicy(policy.policy_id), BOOTSTRAP_LIFETIME),
        };
        let scopes = scopes(candidate.agent.as_ref().map(|(_, grant)| *grant));
        let wish = Wish {
            subject,
            organization_id: policy.organization_id,
            scopes,
            lifetime,
            not_before: candidate.not_before,
        };
        let claims = self.parts.minter.claims(wish).await?;
        let access_token = self
            .parts
            .minter
            .access_token(&claims)
            .map_err(TokenError::from)?;
        let issuance = self.issuance(admission, claims, origin, trace);
        match self
            .parts
            .journal
            .issue(issuance)
            .await
            .map_err(TokenError::from)?
        {
            IssueOutcome::Issued => {
                self.parts.ports.metrics.token_issued(scopes);
                Ok(Some(ExchangedToken {
                    access_token,
                    lifetime,
                    scopes,
                }))
            }
            IssueOutcome::LimitReached {
                tier,
                limit,
                current,
            } => Err(TokenError::LimitReached {
                tier,
                limit,
                current,
            }
            .into()),
            IssueOutcome::ClientChanged => Ok(None),
        }
    }

    fn issuance(
        &self,
        admission: &Admission,
        claims: AccessTokenClaims,
        origin: &Origin,
        trace: &Trace,
    ) -> Issuance {
        let policy = &admission.candidate.policy;
        let subject = policy
            .agent_id
            .map_or(EventSubject::NONE, EventSubject::from);
        let (log, action) = (policy.organization_id, Action::TokenIssued);
        let event = NewAuditEvent::new(&self.parts.ports, origin, log, action, subject);
        let issued = issued_metadata(&claims).and(trace.metadata.clone());
        let reason = admission.candidate.plan_tier.limit_code();
        Issuance {
            organization_id: log,
            proof: match admission.mode {
                Mode::Agent => Proof::TrustPolicy(policy.policy_id),
                Mode::Bootstrap => Proof::BootstrapPolicy(policy.policy_id),
            },
            event: event.with(issued),
            claims,
            refusal: trace.metadata.clone().text("reason", reason),
        }
    }

    async fn record_refusal(
        &self,
        trace: Trace,
        origin: &Origin,
        reason: &str,
    ) -> Result<(), ExchangeError> {
        let log = trace.log.unwrap_or(OrganizationId::SYSTEM);
        let subject = trace.agent.map_or(EventSubject::NONE, EventSubject::from);
        let event = NewAuditEvent::new(&self.parts.ports, origin, log, Action::AuthFailed, subject)
            .failed()
            .with(trace.metadata.text("reason", reason));
        self.parts
            .journal
            .record(event)
            .await
            .map_err(TokenError::from)?;
        Ok(())
    }
}

fn require_active(candidate: &PolicyCandidate) -> Result<(), ExchangeError> {
    match candidate.agent {
        Some((AgentStatus::Suspended, _)) => Err(ExchangeError::AgentSuspended),
        Some((AgentStatus::Decommissioned, _)) => Err(ExchangeError::AgentDecommissioned),
        Some((AgentStatus::Active, _)) | None => Ok(()),
    }
}

/// `agents:read agents:write` as far as granted, else the whole grant; for a
/// bootstrap token `agents:write`.
fn scopes(grant: Option<Grant>) -> ScopeSet {
    let write = ScopeSet::EMPTY.with(TokenScope::AgentsWrite);
    let Some(grant) = grant else {
        return write;
    };
    let usual = write.with(TokenScope::AgentsRead);
    let part = grant.scopes().intersection(usual);
    if part.is_empty() {
        grant.scopes()
    } else {
        part
    }
}
