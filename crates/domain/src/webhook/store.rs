//! The ports to stored subscriptions and deliveries.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::id::{OrganizationId, SubscriptionId};
use crate::time::Timestamp;
use crate::vault::Kept;
use crate::webhook::{Delivery, DeliveryFilter, SigningSecret, Subscription};

/// Stored subscriptions. Secrets that lie in rows are encrypted at rest.
#[async_trait]
pub trait SubscriptionStore: Send {
    /// Adds a subscription.
    async fn insert(
        &mut self,
        subscription: &Subscription,
        secret: &Kept<SigningSecret>,
    ) -> Result<(), StoreError>;

    /// Subscriptions of an organization, newest first, equal times by id
    /// descending; at most
    /// [`MAX_SUBSCRIPTIONS`](crate::webhook::MAX_SUBSCRIPTIONS).
    async fn list(&mut self, organization: OrganizationId)
    -> Result<Vec<Subscription>, StoreError>;

    /// The number of subscriptions of an organization.
    async fn count(&mut self, organization: OrganizationId) -> Result<i64, StoreError>;

    /// A subscription of an organization, locked until the end of a writing
    /// transaction.
    async fn find(
        &mut self,
        organization: OrganizationId,
        id: SubscriptionId,
    ) -> Result<Option<Subscription>, StoreError>;

    /// Writes name, URL, events, state and time of change.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stale`] when there is no such row.
    async fn update(&mut self, subscription: &Subscription) -> Result<(), StoreError>;

    /// Removes a subscription with all its deliveries; whether there was one.
    async fn delete(&mut self, id: SubscriptionId) -> Result<bool, StoreError>;

    /// The active subscriptions of these organizations.
    async fn active(
        &mut self,
        organizations: &[OrganizationId],
    ) -> Result<Vec<Subscription>, StoreError>;

    /// Organizations with a subscription, also a paused one, in id order,
    /// after `after`, at most `limit`.
    async fn organizations_after(
        &mut self,
        after: Option<OrganizationId>,
        limit: i64,
    ) -> Result<Vec<OrganizationId>, StoreError>;
}

/// A delivery that was claimed, and what sending it takes.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// Owner of the subscription.
    pub organization_id: OrganizationId,
    /// The receiver.
    pub url: String,
    /// Key of the signature.
    pub secret: Kept<SigningSecret>,
    /// End of the lease; names the claim when the attempt is settled.
    pub lease_expires_at: Timestamp,
}

/// Stored deliveries.
#[async_trait]
pub trait DeliveryStore: Send {
    /// Adds deliveries. Those of subscriptions that are gone are left out.
    async fn queue(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError>;

    /// History of a subscription, newest first, equal times by id descending,
    /// and the number of all that match.
    async fn history(
        &mut self,
        subscription: SubscriptionId,
        filter: DeliveryFilter,
    ) -> Result<(Vec<Delivery>, i64), StoreError>;

    /// Active subscriptions with a delivery that is due at `now` and that
    /// nobody has claimed, in id order, after an id.
    async fn due_subscriptions(
        &mut self,
        after: Option<SubscriptionId>,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<SubscriptionId>, StoreError>;

    /// Claims the earliest due deliveries of a subscription until
    /// `lease_expires_at`, at most `limit`. Those that somebody else has
    /// claimed or locked are left out; so is everything of a subscription that
    /// is paused or gone.
    async fn claim(
        &mut self,
        subscription: SubscriptionId,
        now: Timestamp,
        lease_expires_at: Timestamp,
        limit: i64,
    ) -> Result<Vec<DueDelivery>, StoreError>;

    /// Writes the outcome of an attempt, ends the claim, and counts it on the
    /// subscription: a success sets `failure_count` to zero, a failure adds
    /// one. `false`, and nothing is written, when the claim had ended or the
    /// subscription is gone.
    async fn settle(
        &mut self,
        delivery: &Delivery,
        claimed_until: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Removes at most `limit` deliveries created before a time; returns how
    /// many.
    async fn prune(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError>;
}
