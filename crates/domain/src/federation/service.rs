//! Administration of partners: platform-wide.

use std::sync::Arc;

use crate::audit::{self, Action, Metadata, NewAuditEvent};
use crate::caller::{Caller, Origin};
use crate::error::Constraint;
use crate::federation::{FederationError, NewPartner, Partner, PartnerPatch};
use crate::foreign::{KeySets, KeySource};
use crate::id::{OrganizationId, PartnerId};
use crate::ports::Ports;
use crate::unit_of_work::Scope;

/// Registers, reads, changes and deletes partners.
#[derive(Clone)]
pub struct FederationService {
    ports: Ports,
    keys: Arc<KeySets>,
}

impl FederationService {
    /// The service over `ports`; `keys` probes and keeps key sets.
    #[must_use]
    pub fn new(ports: Ports, keys: Arc<KeySets>) -> Self {
        Self { ports, keys }
    }

    /// Registers a partner whose key set can be fetched now.
    ///
    /// # Errors
    ///
    /// [`FederationError::Conflict`], [`FederationError::KeysUnreachable`].
    pub async fn register(
        &self,
        caller: &Caller,
        origin: &Origin,
        new: NewPartner,
    ) -> Result<Partner, FederationError> {
        // Asked first, so that nobody waits for a probe in vain.
        let mut work = self.ports.read(Scope::System).await?;
        let known = work.partners().find_by_issuer(&new.issuer).await?;
        work.commit().await?;
        if known.is_some() {
            return Err(FederationError::Conflict { issuer: new.issuer });
        }
        let id = PartnerId::new(self.ports.random.uuid());
        self.probe(id, new.jwks_uri.clone()).await?;
        let partner = self.record(id, new);
        let stored = self.store(caller, origin, &partner).await;
        if stored.is_err() {
            self.keys.forget(&Partner::cache_key(id)).await;
        }
        stored.map(|()| partner)
    }

    async fn store(
        &self,
        caller: &Caller,
        origin: &Origin,
        partner: &Partner,
    ) -> Result<(), FederationError> {
        let mut work = self.ports.write(Scope::System).await?;
        match work.partners().insert(partner).await {
            Err(error) if error.is_conflict(Constraint::PartnerIssuer) => {
                let issuer = partner.issuer.clone();
                return Err(FederationError::Conflict { issuer });
            }
            other => other?,
        }
        let event = self.event(caller, origin, Action::FederationPartnerRegistered, partner);
        audit::append(work.audit(), vec![event]).await?;
        Ok(work.commit().await?)
    }

    /// All partners, newest first.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn list(&self) -> Result<Vec<Partner>, FederationError> {
        let mut work = self.ports.read(Scope::System).await?;
        let partners = work.partners().list().await?;
        work.commit().await?;
        Ok(partners)
    }

    /// One partner.
    ///
    /// # Errors
    ///
    /// [`FederationError::NotFound`].
    pub async fn get(&self, id: PartnerId) -> Result<Partner, FederationError> {
        let mut work = self.ports.read(Scope::System).await?;
        let partner = work.partners().find(id).await?;
        work.commit().await?;
        partner.ok_or(FederationError::NotFound)
    }

    /// Changes a partner. A new address of its key set is probed before.
    ///
    /// # Errors
    ///
    /// [`FederationError::NotFound`], [`FederationError::KeysUnreachable`].
    pub async fn update(
        &self,
        caller: &Caller,
        origin: &Origin,
        id: PartnerId,
        patch: PartnerPatch,
    ) -> Result<Partner, FederationError> {
        self.get(id).await?;
        if let Some(url) = &patch.jwks_uri {
            self.probe(id, url.clone()).await?;
        }
        let mut work = self.ports.write(Scope::System).await?;
        let partner = work.partners().find(id).await?;
        let mut partner = partner.ok_or(FederationError::NotFound)?;
        patch.apply(&mut partner, self.ports.now());
        work.partners().update(&partner).await?;
        let event = self.event(caller, origin, Action::FederationPartnerUpdated, &partner);
        audit::append(work.audit(), vec![event]).await?;
        work.commit().await?;
        Ok(partner)
    }

    /// Deletes a partner for good; its tokens are refused from now on.
    ///
    /// # Errors
    ///
    /// [`FederationError::NotFound`].
    pub async fn delete(
        &self,
        caller: &Caller,
        origin: &Origin,
        id: PartnerId,
    ) -> Result<(), FederationError> {
        let mut work = self.ports.write(Scope::System).await?;
        let partner = work.partners().find(id).await?;
        let partner = partner.ok_or(FederationError::NotFound)?;
        work.partners().delete(id).await?;
        let event = self.event(caller, origin, Action::FederationPartnerDeleted, &partner);
        audit::append(work.audit(), vec![event]).await?;
        work.commit().await?;
        self.keys.forget(&Partner::cache_key(id)).await;
        Ok(())
    }

    async fn probe(
        &self,
        id: PartnerId,
        url: crate::outbound::OutboundUrl,
    ) -> Result<(), FederationError> {
        let cache_key = Partner::cache_key(id);
        self.keys.probe(&KeySource { cache_key, url }).await?;
        Ok(())
    }

    fn record(&self, partner_id: PartnerId, new: NewPartner) -> Partner {
        let now = self.ports.now();
        Partner {
            partner_id,
            name: new.name,
            issuer: new.issuer,
            jwks_uri: new.jwks_uri.as_str().to_owned(),
            allowed_organizations: new.allowed_organizations,
            suspended: false,
            expires_at: new.expires_at,
            created_at: now,
            updated_at: now,
        }
    }

    /// An event in the log of the system organization, which owns partners.
    fn event(
        &self,
        caller: &Caller,
        origin: &Origin,
        action: Action,
        partner: &Partner,
    ) -> NewAuditEvent {
        let metadata = Metadata::new()
            .text("partnerId", partner.partner_id.to_string())
            .text("issuer", &*partner.issuer);
        let log = OrganizationId::SYSTEM;
        NewAuditEvent::new(&self.ports, origin, log, action, caller.agent_id).with(metadata)
    }
}
