//! Receiving Stripe's events: one transaction each.

use crate::audit::{self, Action, EventSubject, Metadata, NewAuditEvent};
use crate::billing::rules::{Decision, Effect, Situation, SubscriptionChange, decide};
use crate::billing::{
    BillingService, EventOutcome, EventRecord, Notice, ReceiveError, StripeEvent, StripeId,
};
use crate::caller::Origin;
use crate::change::Change;
use crate::error::StoreError;
use crate::tier::TierChange;
use crate::unit_of_work::{Scope, UnitOfWork};

impl BillingService {
    /// Processes a message to the webhook: `signature` is the header
    /// `Stripe-Signature`, `body` what was signed, byte by byte. Nothing reads
    /// it before the signature was verified.
    ///
    /// # Errors
    ///
    /// [`ReceiveError::Unverified`], or a failing store: then nothing has
    /// changed, and Stripe sends the event again.
    pub async fn receive(
        &self,
        origin: &Origin,
        signature: &str,
        body: &[u8],
    ) -> Result<EventOutcome, ReceiveError> {
        let secret = self.settings.webhook_secret.as_ref();
        let now = self.ports.now();
        if !secret.is_some_and(|secret| secret.verifies(signature, body, now)) {
            return Err(ReceiveError::Unverified);
        }
        let event = StripeEvent::decode(body).ok_or(ReceiveError::Unverified)?;
        let outcome = self.process(origin, &event).await;
        let counted = outcome.as_ref().copied().unwrap_or(EventOutcome::Failed);
        self.ports.metrics.stripe_event(event.event_type, counted);
        Ok(outcome?)
    }

    async fn process(
        &self,
        origin: &Origin,
        event: &StripeEvent,
    ) -> Result<EventOutcome, StoreError> {
        let Some(subscription) = event.notice.subscription_id() else {
            if let Notice::Foreign(missing) = event.notice {
                warn(event, &format!("no usable {missing}"));
            }
            return Ok(EventOutcome::Ignored);
        };
        let mut work = self.ports.write(Scope::System).await?;
        // Events of one subscription come one after the other, also when the
        // organization is not known yet.
        let lock = format!("stripe-subscription:{subscription}");
        work.locks().lock(&lock).await?;
        let situation = situation(work.as_mut(), &event.notice, subscription).await?;
        let Decision { counts, effect } = decide(situation, event, self.ports.now());
        let record = EventRecord {
            event_id: event.event_id.clone(),
            event_type: event.event_type,
            created: event.created,
            applied_to: counts.then(|| subscription.clone()),
            processed_at: self.ports.now(),
        };
        // Whoever comes second, here or on another replica, has nothing to do.
        if !work.billing().record_event(&record).await? {
            return Ok(EventOutcome::Repeated);
        }
        match effect {
            Effect::Change(change) => {
                let replaced = change.replaced.clone();
                self.apply(work, origin, *change).await?;
                if let Some(replaced) = replaced {
                    warn_replaced(&replaced, subscription);
                }
                Ok(EventOutcome::Applied)
            }
            Effect::Stale => {
                work.commit().await?;
                Ok(EventOutcome::Stale)
            }
            Effect::Ignored(reason) => {
                work.commit().await?;
                warn(event, reason);
                Ok(EventOutcome::Ignored)
            }
        }
    }

    async fn apply(
        &self,
        mut work: Box<dyn UnitOfWork>,
        origin: &Origin,
        change: SubscriptionChange,
    ) -> Result<(), StoreError> {
        let SubscriptionChange {
            action,
            subscription,
            from,
            to,
            replaced: _,
        } = change;
        let organization_id = subscription.organization_id;
        work.billing().put_subscription(&subscription).await?;
        let event = |action| {
            NewAuditEvent::new(
                &self.ports,
                origin,
                organization_id,
                action,
                EventSubject::NONE,
            )
        };
        let tier = Metadata::new().text("tier", to.as_str());
        let status = Metadata::new().text("status", subscription.status.as_str());
        let mut events = vec![event(action).with(tier.clone().and(status))];
        let mut changes = Vec::new();
        if from != to {
            work.tiers()
                .set(&TierChange {
                    organization_id,
                    tier: to,
                    subscription_id: Some(subscription.subscription_id),
                    at: self.ports.now(),
                })
                .await?;
            changes.push(Change::OrganizationChanged { organization_id });
        }
        if to > from {
            events.push(event(Action::TierUpgraded).with(tier));
        }
        audit::append(work.audit(), events).await?;
        self.ports.changes.commit(work, &changes).await
    }
}

/// What is stored about the subject of an event; the organization is locked.
async fn situation(
    work: &mut dyn UnitOfWork,
    notice: &Notice,
    subscription: &StripeId,
) -> Result<Situation, StoreError> {
    let id = match notice {
        Notice::Completed(checkout) => Some(checkout.organization_id),
        _ => work.billing().subscriber(subscription).await?,
    };
    let mut situation = Situation {
        last: work.billing().last_applied(subscription).await?,
        ..Situation::default()
    };
    if let Some(id) = id {
        situation.organization = work.organizations().find_for_update(id).await?;
        // Read under the lock: another checkout may have taken its place.
        situation.present = work.billing().subscription(id).await?;
    }
    Ok(situation)
}

/// Somebody may have paid for nothing.
fn warn(event: &StripeEvent, reason: &str) {
    let (id, event_type) = (event.event_id.as_str(), event.event_type.as_str());
    tracing::warn!(id, event_type, reason, "an event of Stripe has no effect");
}

/// Stripe may charge for both.
fn warn_replaced(replaced: &StripeId, by: &StripeId) {
    let (replaced, by) = (replaced.as_str(), by.as_str());
    tracing::warn!(
        replaced,
        by,
        "a subscription that has not ended was replaced by another one"
    );
}
