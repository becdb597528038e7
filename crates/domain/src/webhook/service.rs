//! Use cases on subscriptions.

use crate::audit::{self, Action, Metadata, NewAuditEvent};
use crate::caller::{Caller, Origin};
use crate::error::StoreError;
use crate::id::SubscriptionId;
use crate::ports::Ports;
use crate::unit_of_work::{Scope, UnitOfWork};
use crate::vault::{self, Kept, SecretPlace};
use crate::webhook::{
    Delivery, DeliveryFilter, MAX_SUBSCRIPTIONS, NewSubscription, SigningSecret, Subscription,
    SubscriptionPatch, WebhookError,
};

/// A subscription with its secret, which is shown this once.
#[derive(Clone, Debug)]
pub struct CreatedSubscription {
    /// The subscription.
    pub subscription: Subscription,
    /// Key of its signatures.
    pub secret: SigningSecret,
}

/// Creates, reads, changes and deletes subscriptions of the caller's
/// organization.
#[derive(Clone)]
pub struct WebhookService {
    ports: Ports,
}

impl WebhookService {
    /// The service over `ports`.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Creates an active subscription.
    ///
    /// # Errors
    ///
    /// [`WebhookError::LimitReached`].
    pub async fn create(
        &self,
        caller: &Caller,
        origin: &Origin,
        new: NewSubscription,
    ) -> Result<CreatedSubscription, WebhookError> {
        let organization = caller.organization_id;
        let now = self.ports.now();
        let subscription = Subscription {
            subscription_id: SubscriptionId::new(self.ports.random.uuid()),
            organization_id: organization,
            name: new.name,
            url: new.url.as_str().to_owned(),
            events: new.events,
            active: true,
            failure_count: 0,
            created_at: now,
            updated_at: now,
        };
        let id = subscription.subscription_id;
        let secret = SigningSecret::generate(self.ports.random.as_ref());
        let place = SecretPlace::Webhook { subscription: id };
        let kept = self
            .ports
            .secrets
            .put(place, secret.clone().into_inner())
            .await
            .map_err(StoreError::from)?
            .map(SigningSecret::from);
        let inserted = self.insert(caller, origin, &subscription, &kept).await;
        if let Err(error) = &inserted {
            let (secrets, cause) = (&self.ports.secrets, error.store_failure());
            secrets.take_back(&kept, cause).await;
        }
        inserted?;
        self.ports.metrics.webhooks_watched(organization);
        Ok(CreatedSubscription {
            subscription,
            secret,
        })
    }

    async fn insert(
        &self,
        caller: &Caller,
        origin: &Origin,
        subscription: &Subscription,
        secret: &Kept<SigningSecret>,
    ) -> Result<(), WebhookError> {
        let organization = caller.organization_id;
        let mut work = self.ports.write(Scope::Organization(organization)).await?;
        // The lock makes the count exact.
        work.organizations().find_for_update(organization).await?;
        if work.subscriptions().count(organization).await? >= MAX_SUBSCRIPTIONS {
            return Err(WebhookError::LimitReached {
                limit: MAX_SUBSCRIPTIONS,
            });
        }
        work.subscriptions().insert(subscription, secret).await?;
        let id = subscription.subscription_id;
        self.finish(work, caller, origin, Action::WebhookCreated, id)
            .await?;
        Ok(())
    }

    /// All subscriptions of the caller's organization, newest first.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Subscription>, WebhookError> {
        let organization = caller.organization_id;
        let mut work = self.ports.read(Scope::Organization(organization)).await?;
        let subscriptions = work.subscriptions().list(organization).await?;
        work.commit().await?;
        Ok(subscriptions)
    }

    /// One subscription.
    ///
    /// # Errors
    ///
    /// [`WebhookError::NotFound`], also for one of another organization.
    pub async fn get(
        &self,
        caller: &Caller,
        id: SubscriptionId,
    ) -> Result<Subscription, WebhookError> {
        let organization = caller.organization_id;
        let mut work = self.ports.read(Scope::Organization(organization)).await?;
        let subscription = find(work.as_mut(), caller, id).await?;
        work.commit().await?;
        Ok(subscription)
    }

    /// Changes a subscription. Its secret stays.
    ///
    /// # Errors
    ///
    /// [`WebhookError::NotFound`], also for one of another organization.
    pub async fn update(
        &self,
        caller: &Caller,
        origin: &Origin,
        id: SubscriptionId,
        patch: SubscriptionPatch,
    ) -> Result<Subscription, WebhookError> {
        let scope = Scope::Organization(caller.organization_id);
        let mut work = self.ports.write(scope).await?;
        let mut subscription = find(work.as_mut(), caller, id).await?;
        patch.apply(&mut subscription, self.ports.now());
        work.subscriptions().update(&subscription).await?;
        self.finish(work, caller, origin, Action::WebhookUpdated, id)
            .await?;
        Ok(subscription)
    }

    /// Deletes a subscription for good, with everything queued for it.
    ///
    /// # Errors
    ///
    /// [`WebhookError::NotFound`], also for one of another organization.
    pub async fn delete(
        &self,
        caller: &Caller,
        origin: &Origin,
        id: SubscriptionId,
    ) -> Result<(), WebhookError> {
        let scope = Scope::Organization(caller.organization_id);
        let mut work = self.ports.write(scope).await?;
        find(work.as_mut(), caller, id).await?;
        work.subscriptions().delete(id).await?;
        if self.ports.secrets.vault().is_some() {
            let place = SecretPlace::Webhook { subscription: id };
            vault::discard(&self.ports, work.as_mut(), [place]).await?;
        }
        self.finish(work, caller, origin, Action::WebhookDeleted, id)
            .await?;
        Ok(())
    }

    /// Deliveries of a subscription, newest first, and the number of all that
    /// match.
    ///
    /// # Errors
    ///
    /// [`WebhookError::NotFound`], also for one of another organization.
    pub async fn deliveries(
        &self,
        caller: &Caller,
        id: SubscriptionId,
        filter: DeliveryFilter,
    ) -> Result<(Vec<Delivery>, i64), WebhookError> {
        let scope = Scope::Organization(caller.organization_id);
        let mut work = self.ports.read(scope).await?;
        find(work.as_mut(), caller, id).await?;
        let history = work.deliveries().history(id, filter).await?;
        work.commit().await?;
        Ok(history)
    }

    async fn finish(
        &self,
        mut work: Box<dyn UnitOfWork>,
        caller: &Caller,
        origin: &Origin,
        action: Action,
        id: SubscriptionId,
    ) -> Result<(), StoreError> {
        let log = caller.organization_id;
        let event = NewAuditEvent::new(&self.ports, origin, log, action, caller.agent_id)
            .with(Metadata::new().text("subscriptionId", id.to_string()));
        audit::append(work.audit(), vec![event]).await?;
        work.commit().await
    }
}

async fn find(
    work: &mut dyn UnitOfWork,
    caller: &Caller,
    id: SubscriptionId,
) -> Result<Subscription, WebhookError> {
    work.subscriptions()
        .find(caller.organization_id, id)
        .await?
        .ok_or(WebhookError::NotFound)
}
