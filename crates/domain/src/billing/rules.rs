//! What follows from an event, without any I/O.
//!
//! Stripe delivers events in any order and more than once. Two rules keep the
//! plan right:
//!
//! - Events of one subscription are ordered by Stripe's time; what was created
//!   before the last one that was applied changes nothing, and nothing follows
//!   the end of a subscription.
//! - An organization has one present subscription, the one behind its tier. A
//!   checkout takes the place of another one that ended, that is older, or
//!   that stands for a lower tier. Events of the others change nothing.

use crate::audit::Action;
use crate::billing::{
    CompletedCheckout, LastApplied, Notice, StripeEvent, StripeId, Subscription, SubscriptionStatus,
};
use crate::organization::{Organization, OrganizationStatus, PlanTier};
use crate::time::Timestamp;

/// What is stored about the subject of an event.
#[derive(Clone, Debug, Default)]
pub(super) struct Situation {
    /// The organization concerned.
    pub(super) organization: Option<Organization>,
    /// Its present subscription.
    pub(super) present: Option<Subscription>,
    /// What was applied to the subscription of the event.
    pub(super) last: Option<LastApplied>,
}

/// What follows from an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    /// Whether earlier events of the subscription change nothing from now on.
    pub(super) counts: bool,
    pub(super) effect: Effect,
}

/// The effect of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Something later was applied before.
    Stale,
    /// Nothing, and why.
    Ignored(&'static str),
    /// Subscription and perhaps tier change.
    Change(Box<SubscriptionChange>),
}

/// A change of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SubscriptionChange {
    /// What the audit log says.
    pub(super) action: Action,
    /// The subscription afterwards.
    pub(super) subscription: Subscription,
    /// The tier before.
    pub(super) from: PlanTier,
    /// The tier afterwards.
    pub(super) to: PlanTier,
    /// The subscription whose place was taken although it has not ended.
    pub(super) replaced: Option<StripeId>,
}

impl Decision {
    fn ignored(reason: &'static str) -> Self {
        Self {
            counts: false,
            effect: Effect::Ignored(reason),
        }
    }

    fn change(change: SubscriptionChange) -> Self {
        Self {
            counts: true,
            effect: Effect::Change(Box::new(change)),
        }
    }
}

/// Decides what follows from `event`, which is processed at `now`.
pub(super) fn decide(situation: Situation, event: &StripeEvent, now: Timestamp) -> Decision {
    let late = |last: &LastApplied| last.ended || event.created < last.created;
    if situation.last.as_ref().is_some_and(late) {
        return Decision {
            counts: false,
            effect: Effect::Stale,
        };
    }
    match &event.notice {
        Notice::Completed(checkout) => completed(situation, checkout, event.created, now),
        Notice::Ended {
            subscription_id,
            current_period_end,
        } => ended(situation, subscription_id, *current_period_end, now),
        Notice::Unpaid { subscription_id } => unpaid(situation, subscription_id, now),
        Notice::Foreign(missing) => Decision::ignored(missing),
        Notice::Unhandled => Decision::ignored("type"),
    }
}

fn completed(
    situation: Situation,
    checkout: &CompletedCheckout,
    created: Timestamp,
    now: Timestamp,
) -> Decision {
    let Some(organization) = situation.organization else {
        return Decision::ignored("no such organization");
    };
    if organization.organization_id.is_system() {
        return Decision::ignored("the system organization buys nothing");
    }
    if organization.status == OrganizationStatus::Deleted {
        return Decision::ignored("the organization is deleted");
    }
    let from = organization.plan_tier;
    let to = from.max(checkout.tier);
    let bought = Subscription {
        organization_id: organization.organization_id,
        status: SubscriptionStatus::Active,
        customer_id: checkout.customer_id.clone(),
        subscription_id: checkout.subscription_id.clone(),
        current_period_end: None,
        activated_at: created,
        created_at: now,
        updated_at: now,
    };
    let replaced = match &situation.present {
        Some(present) if present.subscription_id == bought.subscription_id => {
            if present.status == SubscriptionStatus::Active && from == to {
                return Decision::ignored("active already");
            }
            None
        }
        Some(present) if stands(present, &bought, from, checkout.tier) => {
            return Decision::ignored("another subscription stands for the tier");
        }
        Some(present) if present.status != SubscriptionStatus::Canceled => {
            Some(present.subscription_id.clone())
        }
        Some(_) | None => None,
    };
    Decision::change(SubscriptionChange {
        action: Action::BillingSubscriptionActivated,
        subscription: bought,
        from,
        to,
        replaced,
    })
}

/// Whether `present` keeps its place against a subscription to `tier`.
fn stands(present: &Subscription, bought: &Subscription, from: PlanTier, tier: PlanTier) -> bool {
    let newer = bought.activated_at >= present.activated_at;
    present.status != SubscriptionStatus::Canceled && (tier < from || (tier == from && !newer))
}

fn ended(
    situation: Situation,
    id: &StripeId,
    period_end: Option<Timestamp>,
    now: Timestamp,
) -> Decision {
    match own(situation, id) {
        Some((organization, present)) => Decision::change(SubscriptionChange {
            action: Action::BillingSubscriptionCancelled,
            subscription: Subscription {
                status: SubscriptionStatus::Canceled,
                current_period_end: period_end.or(present.current_period_end),
                updated_at: now,
                ..present
            },
            from: organization.plan_tier,
            to: PlanTier::Free,
            replaced: None,
        }),
        // Its checkout, should it still arrive, comes too late.
        None => Decision {
            counts: true,
            effect: Effect::Ignored("no organization's present subscription"),
        },
    }
}

fn unpaid(situation: Situation, id: &StripeId, now: Timestamp) -> Decision {
    match own(situation, id) {
        Some((organization, present)) => Decision::change(SubscriptionChange {
            action: Action::BillingPaymentFailed,
            subscription: Subscription {
                status: SubscriptionStatus::PastDue,
                updated_at: now,
                ..present
            },
            from: organization.plan_tier,
            to: organization.plan_tier,
            replaced: None,
        }),
        None => Decision::ignored("no organization's present subscription"),
    }
}

/// The organization whose present subscription this is.
fn own(situation: Situation, id: &StripeId) -> Option<(Organization, Subscription)> {
    let present = situation.present?;
    (present.subscription_id == *id).then_some((situation.organization?, present))
}
