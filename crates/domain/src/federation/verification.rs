//! Verification of partners' tokens.

use std::sync::Arc;

use serde_json::Value;

use crate::audit::{Action, Metadata, NewAuditEvent};
use crate::caller::{Caller, Origin};
use crate::federation::{Partner, PartnerStatus, PartnerUrls, VerificationError};
use crate::foreign::{ForeignClaims, KeySets, KeysUnreachable};
use crate::ports::Ports;
use crate::text::cut;
use crate::token::Journal;
use crate::unit_of_work::Scope;

/// A token to verify.
#[derive(Clone)]
pub struct VerificationRequest {
    /// The partner's token.
    pub token: String,
    /// What its `iss` has to be; protects against mix-up of issuers.
    pub expected_issuer: Option<String>,
}

/// A trustworthy token.
#[derive(Clone, Debug)]
pub struct FederatedToken {
    /// `iss`.
    pub issuer: String,
    /// `sub`; empty when the token has none.
    pub subject: String,
    /// `organization_id`, if the token has it.
    pub organization_id: Option<String>,
    /// The whole payload.
    pub claims: Value,
}

/// Verifies tokens of partners.
#[derive(Clone)]
pub struct FederationVerifier {
    ports: Ports,
    keys: Arc<KeySets>,
    journal: Journal,
    urls: PartnerUrls,
}

impl FederationVerifier {
    /// Verifies with the key sets of `keys`; `journal` takes the events.
    #[must_use]
    pub fn new(ports: Ports, keys: Arc<KeySets>, journal: Journal, urls: PartnerUrls) -> Self {
        Self {
            ports,
            keys,
            journal,
            urls,
        }
    }

    /// Verifies a token. The result, good or bad, is durable in the log of the
    /// caller's organization when this returns.
    ///
    /// # Errors
    ///
    /// [`VerificationError`], by the first check that fails.
    pub async fn verify(
        &self,
        caller: &Caller,
        origin: &Origin,
        request: &VerificationRequest,
    ) -> Result<FederatedToken, VerificationError> {
        let mut claims = ForeignClaims::default();
        let result = self.check(request, &mut claims).await;
        if matches!(result, Err(VerificationError::Unrecorded(_))) {
            return result;
        }
        let event = self.event(caller, origin, &claims);
        let event = match &result {
            Ok(_) => event,
            Err(_) => event.failed(),
        };
        self.journal.record(event).await?;
        result
    }

    /// The checks in their order; `claims` receives the payload as soon as it
    /// can be read.
    async fn check(
        &self,
        request: &VerificationRequest,
        claims: &mut ForeignClaims,
    ) -> Result<FederatedToken, VerificationError> {
        let invalid = |_| VerificationError::Invalid;
        let token = self.keys.parse(&request.token).map_err(invalid)?;
        *claims = token.claims;
        if token.algorithm.is_none() {
            return Err(VerificationError::Invalid);
        }
        let issuer = claims.text("iss").map(str::to_owned);
        if let Some(expected) = &request.expected_issuer
            && issuer.as_ref() != Some(expected)
        {
            return Err(VerificationError::UnexpectedIssuer);
        }
        let issuer = issuer.ok_or(VerificationError::UnknownIssuer)?;
        let partner = self.partner(&issuer).await?;
        let source = partner
            .key_source(&self.urls)
            .map_err(|error| KeysUnreachable(error.to_string()))?;
        self.keys
            .verify(&source, &request.token)
            .await?
            .map_err(invalid)?;
        self.check_claims(claims, &partner)?;
        Ok(FederatedToken {
            issuer,
            subject: claims.text("sub").unwrap_or_default().to_owned(),
            organization_id: claims.text("organization_id").map(str::to_owned),
            claims: claims.clone().into_json(),
        })
    }

    async fn partner(&self, issuer: &str) -> Result<Partner, VerificationError> {
        let mut work = self.ports.read(Scope::System).await?;
        let partner = work.partners().find_by_issuer(issuer).await?;
        work.commit().await?;
        let partner = partner.ok_or(VerificationError::UnknownIssuer)?;
        match partner.status(self.ports.now()) {
            PartnerStatus::Active => Ok(partner),
            PartnerStatus::Suspended => Err(VerificationError::Suspended),
            PartnerStatus::Expired => Err(VerificationError::UnknownIssuer),
        }
    }

    fn check_claims(
        &self,
        claims: &ForeignClaims,
        partner: &Partner,
    ) -> Result<(), VerificationError> {
        let now = self.ports.now().unix_seconds();
        let own = self.urls.own_issuer.as_str();
        let for_us = claims
            .audiences()
            .is_none_or(|audiences| audiences.contains(&own));
        if !claims.has_expiry() || claims.is_early(now) || !for_us {
            return Err(VerificationError::Invalid);
        }
        if claims.is_expired(now) {
            return Err(VerificationError::Expired);
        }
        let organization = claims.text("organization_id");
        if !partner.allowed_organizations.admit(organization) {
            return Err(VerificationError::OrganizationNotAllowed);
        }
        Ok(())
    }

    fn event(&self, caller: &Caller, origin: &Origin, claims: &ForeignClaims) -> NewAuditEvent {
        let claimed = |name| claims.text(name).map(|value| cut(value, 255));
        let metadata = Metadata::new()
            .optional("issuer", claimed("iss"))
            .optional("subject", claimed("sub"));
        let (log, action) = (caller.organization_id, Action::FederationTokenVerified);
        NewAuditEvent::new(&self.ports, origin, log, action, caller.agent_id).with(metadata)
    }
}
