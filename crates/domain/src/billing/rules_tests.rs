//! Orders in which events may arrive.

use uuid::Uuid;

use super::rules::{Decision, Effect, Situation, SubscriptionChange, decide};
use crate::audit::Action;
use crate::billing::{
    CompletedCheckout, LastApplied, Notice, StripeEvent, StripeEventType, StripeId, Subscription,
    SubscriptionStatus,
};
use crate::id::OrganizationId;
use crate::organization::{Organization, OrganizationName, OrganizationStatus, PlanTier, Slug};
use crate::time::Timestamp;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_millis((1_700_000_000 + seconds) * 1000).unwrap()
}

fn id(text: &str) -> StripeId {
    StripeId::new(text).unwrap()
}

fn organization(tier: PlanTier) -> Organization {
    Organization {
        organization_id: OrganizationId::new(Uuid::from_u128(7)),
        name: OrganizationName::new("Acme").unwrap(),
        slug: Slug::new("acme").unwrap(),
        plan_tier: tier,
        max_agents: None,
        max_tokens_per_month: None,
        rate_limit_per_minute: None,
        status: OrganizationStatus::Active,
        tokens_not_before: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn subscription(name: &str, status: SubscriptionStatus, activated: i64) -> Subscription {
    Subscription {
        organization_id: OrganizationId::new(Uuid::from_u128(7)),
        status,
        customer_id: None,
        subscription_id: id(name),
        current_period_end: None,
        activated_at: at(activated),
        created_at: at(activated),
        updated_at: at(activated),
    }
}

fn situation(tier: PlanTier, present: Option<Subscription>) -> Situation {
    Situation {
        organization: Some(organization(tier)),
        present,
        last: None,
    }
}

fn event(notice: Notice, created: i64) -> StripeEvent {
    let event_type = match notice {
        Notice::Completed(_) => StripeEventType::CheckoutCompleted,
        Notice::Ended { .. } => StripeEventType::SubscriptionDeleted,
        Notice::Unpaid { .. } => StripeEventType::PaymentFailed,
        Notice::Foreign(_) | Notice::Unhandled => StripeEventType::Other,
    };
    StripeEvent {
        event_id: id("evt_1"),
        event_type,
        created: at(created),
        notice,
    }
}

fn bought(name: &str, tier: PlanTier, created: i64) -> StripeEvent {
    let checkout = CompletedCheckout {
        organization_id: OrganizationId::new(Uuid::from_u128(7)),
        tier,
        subscription_id: id(name),
        customer_id: Some(id("cus_1")),
    };
    event(Notice::Completed(checkout), created)
}

fn ended(name: &str, created: i64) -> StripeEvent {
    let notice = Notice::Ended {
        subscription_id: id(name),
        current_period_end: None,
    };
    event(notice, created)
}

fn unpaid(name: &str, created: i64) -> StripeEvent {
    let subscription_id = id(name);
    event(Notice::Unpaid { subscription_id }, created)
}

#[track_caller]
fn changed(decision: Decision) -> SubscriptionChange {
    assert!(decision.counts);
    match decision.effect {
        Effect::Change(change) => *change,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn ignored(decision: &Decision) {
    let effect = &decision.effect;
    assert!(matches!(effect, Effect::Ignored(_)), "{decision:?}");
}

fn active(name: &str, activated: i64) -> Option<Subscription> {
    Some(subscription(name, SubscriptionStatus::Active, activated))
}

#[test]
fn a_purchase_raises_the_tier_and_never_lowers_it() {
    use PlanTier::{Enterprise, Free, Pro};
    for (from, tier, to) in [
        (Free, Pro, Pro),
        (Free, Enterprise, Enterprise),
        (Pro, Enterprise, Enterprise),
        (Pro, Pro, Pro),
        (Enterprise, Pro, Enterprise),
    ] {
        let change = changed(decide(
            situation(from, None),
            &bought("sub_1", tier, 5),
            at(9),
        ));
        assert_eq!(change.action, Action::BillingSubscriptionActivated);
        assert_eq!((change.from, change.to), (from, to));
        assert_eq!(change.subscription.status, SubscriptionStatus::Active);
        assert_eq!(change.subscription.activated_at, at(5));
    }
}

#[test]
fn the_end_of_the_present_subscription_leads_back_to_free() {
    let present = active("sub_1", 5);
    let before = situation(PlanTier::Pro, present);
    let change = changed(decide(before, &ended("sub_1", 6), at(9)));
    assert_eq!(change.action, Action::BillingSubscriptionCancelled);
    assert_eq!((change.from, change.to), (PlanTier::Pro, PlanTier::Free));
    assert_eq!(change.subscription.status, SubscriptionStatus::Canceled);
    assert_eq!(change.subscription.activated_at, at(5));
}

#[test]
fn a_failed_payment_leaves_the_tier() {
    let before = situation(PlanTier::Pro, active("sub_1", 5));
    let change = changed(decide(before, &unpaid("sub_1", 6), at(9)));
    assert_eq!(change.action, Action::BillingPaymentFailed);
    assert_eq!((change.from, change.to), (PlanTier::Pro, PlanTier::Pro));
    assert_eq!(change.subscription.status, SubscriptionStatus::PastDue);
}

#[test]
fn what_comes_too_late_is_stale() {
    let last = |created, ended| {
        let created = at(created);
        Some(LastApplied { created, ended })
    };
    let events = [
        bought("sub_1", PlanTier::Pro, 5),
        ended("sub_1", 5),
        unpaid("sub_1", 5),
    ];
    for event in events {
        for (last, stale) in [
            (last(6, false), true),
            // Within a second both orders are possible.
            (last(5, false), false),
            (last(4, false), false),
            // Nothing follows an end, whatever the clocks say.
            (last(5, true), true),
            (last(4, true), true),
        ] {
            let mut before = situation(PlanTier::Free, active("sub_1", 1));
            before.last = last;
            let decision = decide(before, &event, at(9));
            assert_eq!(decision.effect == Effect::Stale, stale, "{event:?}");
            assert_ne!(decision.counts, stale);
        }
    }
}

#[test]
fn an_end_that_nobody_is_concerned_by_still_ends_the_subscription() {
    let other = situation(PlanTier::Enterprise, active("sub_2", 5));
    for before in [Situation::default(), other] {
        let decision = decide(before, &ended("sub_1", 6), at(9));
        ignored(&decision);
        assert!(decision.counts, "its checkout may still be on the way");
    }
}

#[test]
fn a_failed_payment_of_another_subscription_is_ignored() {
    let other = situation(PlanTier::Pro, active("sub_2", 5));
    for before in [Situation::default(), other] {
        let decision = decide(before, &unpaid("sub_1", 6), at(9));
        ignored(&decision);
        assert!(!decision.counts, "the checkout must not become stale");
    }
}

#[test]
fn of_two_subscriptions_the_one_behind_the_tier_stays() {
    use PlanTier::{Enterprise, Pro};
    let canceled = Some(subscription("sub_1", SubscriptionStatus::Canceled, 5));
    for (present, tier, event, replaced) in [
        // Upgraded: the first one may end.
        (
            active("sub_1", 5),
            Pro,
            bought("sub_2", Enterprise, 6),
            true,
        ),
        // The first one comes late and stands for less.
        (
            active("sub_1", 5),
            Enterprise,
            bought("sub_2", Pro, 4),
            false,
        ),
        // It comes late and stands for more.
        (
            active("sub_1", 5),
            Pro,
            bought("sub_2", Enterprise, 4),
            true,
        ),
        // The same tier twice: the newer one.
        (active("sub_1", 5), Pro, bought("sub_2", Pro, 6), true),
        (active("sub_1", 5), Pro, bought("sub_2", Pro, 4), false),
        // Less than there is, although it is newer.
        (
            active("sub_1", 5),
            Enterprise,
            bought("sub_2", Pro, 6),
            false,
        ),
        (canceled, PlanTier::Free, bought("sub_2", Pro, 4), true),
    ] {
        let decision = decide(situation(tier, present), &event, at(9));
        if replaced {
            assert_eq!(changed(decision).subscription.subscription_id, id("sub_2"));
        } else {
            ignored(&decision);
            assert!(!decision.counts);
        }
    }
}

#[test]
fn a_subscription_that_is_replaced_before_its_end_is_named() {
    for (status, replaced) in [
        (SubscriptionStatus::Active, Some(id("sub_1"))),
        (SubscriptionStatus::PastDue, Some(id("sub_1"))),
        // Nobody is charged for it any more.
        (SubscriptionStatus::Canceled, None),
    ] {
        let before = situation(PlanTier::Pro, Some(subscription("sub_1", status, 5)));
        let upgrade = bought("sub_2", PlanTier::Enterprise, 6);
        assert_eq!(changed(decide(before, &upgrade, at(9))).replaced, replaced);
    }
}

#[test]
fn the_same_purchase_again_changes_nothing() {
    let before = situation(PlanTier::Pro, active("sub_1", 5));
    let again = bought("sub_1", PlanTier::Pro, 5);
    ignored(&decide(before, &again, at(9)));
    // Should an administrator have lowered the tier, it was paid for.
    let lowered = situation(PlanTier::Free, active("sub_1", 5));
    let change = changed(decide(lowered, &again, at(9)));
    assert_eq!((change.to, change.replaced), (PlanTier::Pro, None));
}

#[test]
fn only_organizations_in_use_buy() {
    let purchase = bought("sub_1", PlanTier::Pro, 5);
    ignored(&decide(Situation::default(), &purchase, at(9)));
    let mut system = situation(PlanTier::Enterprise, None);
    let mut deleted = situation(PlanTier::Free, None);
    let mut suspended = situation(PlanTier::Free, None);
    system.organization.as_mut().unwrap().organization_id = OrganizationId::SYSTEM;
    deleted.organization.as_mut().unwrap().status = OrganizationStatus::Deleted;
    suspended.organization.as_mut().unwrap().status = OrganizationStatus::Suspended;
    ignored(&decide(system, &purchase, at(9)));
    ignored(&decide(deleted, &purchase, at(9)));
    // The bill goes on, and so does the plan.
    assert_eq!(
        changed(decide(suspended, &purchase, at(9))).to,
        PlanTier::Pro
    );
    // A deleted organization may still stop to pay.
    let mut deleted = situation(PlanTier::Pro, active("sub_1", 5));
    deleted.organization.as_mut().unwrap().status = OrganizationStatus::Deleted;
    changed(decide(deleted, &ended("sub_1", 6), at(9)));
}
