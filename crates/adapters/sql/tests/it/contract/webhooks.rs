//! Rules of stored webhook subscriptions.

use agentidp_domain::error::StoreError;
use agentidp_domain::id::{OrganizationId, SubscriptionId};
use agentidp_domain::outbox::EventType;
use agentidp_domain::webhook::{DeliveryFilter, Subscription, SubscriptionName};

use super::{assert_corrupt, assert_locks};
use crate::fixtures::{
    at, change_subscription, claim, delivery, found_subscription, here, queue, store_subscription,
    stored_organization, stored_subscription, subscription, subscription_events, uuid,
};
use crate::harness::Target;

async fn listed(target: &Target, organization: OrganizationId) -> Vec<Subscription> {
    let mut work = target.read().await;
    work.subscriptions().list(organization).await.unwrap()
}

pub async fn round_trip(target: &Target) {
    let bare = subscription(stored_organization(target).await);
    let full = Subscription {
        events: subscription_events(EventType::ALL),
        active: false,
        failure_count: 7,
        created_at: at(1),
        updated_at: at(2),
        ..subscription(bare.organization_id)
    };
    for stored in [&bare, &full] {
        store_subscription(target, stored).await;
        let found = found_subscription(target, stored).await;
        assert_eq!(found.as_ref(), Some(stored));
        let (organization, id) = (stored.organization_id, stored.subscription_id);
        let mut work = target.write_in(organization).await;
        let found = work.subscriptions().find(organization, id).await;
        assert_eq!(found.unwrap().as_ref(), Some(stored));
        work.commit().await.unwrap();
    }
    // Neither an unknown one nor that of another organization.
    let elsewhere = stored_organization(target).await;
    let mut work = target.read().await;
    let subscriptions = work.subscriptions();
    for (organization, id) in [
        (bare.organization_id, SubscriptionId::new(uuid())),
        (elsewhere, bare.subscription_id),
    ] {
        let found = subscriptions.find(organization, id).await.unwrap();
        assert_eq!(found, None);
    }
}

pub async fn find_locks(target: &Target) {
    let stored = stored_subscription(target).await;
    assert_locks(target, async |work| {
        let (organization, id) = (stored.organization_id, stored.subscription_id);
        let found = work.subscriptions().find(organization, id).await;
        assert_eq!(found.unwrap().as_ref(), Some(&stored));
    })
    .await;
}

pub async fn newest_first(target: &Target) {
    let organization = stored_organization(target).await;
    let elsewhere = stored_subscription(target).await;
    let mut wanted = Vec::new();
    for created in [0, 5, 0, 5, 3] {
        let mut subscription = subscription(organization);
        subscription.created_at = at(created);
        subscription.updated_at = at(-created);
        subscription.active = created > 0;
        store_subscription(target, &subscription).await;
        wanted.push(subscription);
    }
    wanted.sort_unstable_by_key(|stored| (stored.created_at, stored.subscription_id));
    wanted.reverse();
    assert_eq!(listed(target, organization).await, wanted);
    let other = elsewhere.organization_id;
    assert_eq!(listed(target, other).await, [elsewhere]);
    let empty = stored_organization(target).await;
    assert!(listed(target, empty).await.is_empty());
    for (organization, count) in [(organization, 5), (other, 1), (empty, 0)] {
        let mut work = target.write_in(organization).await;
        let counted = work.subscriptions().count(organization).await;
        assert_eq!(counted.unwrap(), count);
    }
}

pub async fn active(target: &Target) {
    let first = stored_subscription(target).await;
    let second = subscription(first.organization_id);
    store_subscription(target, &second).await;
    let third = stored_subscription(target).await;
    let mut paused = subscription(first.organization_id);
    paused.active = false;
    store_subscription(target, &paused).await;
    let unasked = stored_subscription(target).await;
    let ask = async |organizations: &[OrganizationId]| {
        let mut work = target.write().await;
        let found = work.subscriptions().active(organizations).await.unwrap();
        work.commit().await.unwrap();
        let mut ids: Vec<_> = found.iter().map(|found| found.subscription_id).collect();
        ids.sort_unstable();
        ids
    };
    let mut wanted = [&first, &second, &third].map(|stored| stored.subscription_id);
    wanted.sort_unstable();
    let unknown = OrganizationId::new(uuid());
    let organizations = [first.organization_id, third.organization_id, unknown];
    assert_eq!(ask(&organizations).await, wanted);
    assert!(ask(&[]).await.is_empty());
    change_subscription(target, &unasked, |stored| stored.active = false).await;
    assert!(ask(&[unasked.organization_id]).await.is_empty());
}

pub async fn organizations_in_order(target: &Target) {
    let mut wanted = Vec::new();
    for _ in 0..3 {
        let first = stored_subscription(target).await;
        store_subscription(target, &subscription(first.organization_id)).await;
        wanted.push(first.organization_id);
    }
    let mut paused = subscription(stored_organization(target).await);
    paused.active = false;
    store_subscription(target, &paused).await;
    wanted.push(paused.organization_id);
    wanted.sort_unstable();
    // It has none.
    stored_organization(target).await;

    let mut work = target.read().await;
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = work.subscriptions().organizations_after(after, 2).await;
        let page = page.unwrap();
        assert!(page.len() <= 2, "{page:?}");
        let Some(last) = page.last() else {
            break;
        };
        after = Some(*last);
        found.extend(page);
    }
    assert_eq!(found, wanted);
}

pub async fn update(target: &Target) {
    let stored = subscription(stored_organization(target).await);
    let secret = store_subscription(target, &stored).await;
    let bystander = stored_subscription(target).await;
    let changed = Subscription {
        name: SubscriptionName::new("New name").unwrap(),
        url: "https://other.example/".to_owned(),
        events: subscription_events(&[EventType::AgentUpdated]),
        active: false,
        updated_at: at(9),
        ..stored.clone()
    };
    let reset = Subscription {
        updated_at: at(10),
        ..stored.clone()
    };
    for wanted in [&changed, &reset] {
        // These stay, whatever the caller says.
        let written = Subscription {
            failure_count: 9,
            created_at: at(-1),
            ..wanted.clone()
        };
        let mut work = target.write_in(stored.organization_id).await;
        work.subscriptions().update(&written).await.unwrap();
        work.commit().await.unwrap();
        let found = found_subscription(target, &stored).await;
        assert_eq!(found.as_ref(), Some(wanted));
    }
    let unknown = subscription(stored.organization_id);
    let mut work = target.write_in(stored.organization_id).await;
    let missed = work.subscriptions().update(&unknown).await;
    assert!(matches!(missed, Err(StoreError::Stale)));
    work.commit().await.unwrap();
    let found = found_subscription(target, &bystander).await;
    assert_eq!(found, Some(bystander));
    // The secret is the first one.
    queue(target, &[delivery(&stored, 20)]).await;
    let claimed = claim(target, &stored, (20, 80), 1).await;
    assert_eq!(here(&claimed[0].secret).expose(), secret.expose());
}

async fn count_deliveries(target: &Target, of: &Subscription) -> i64 {
    let filter = DeliveryFilter {
        status: None,
        limit: 1,
        offset: 0,
    };
    let mut work = target.read().await;
    let history = work.deliveries().history(of.subscription_id, filter).await;
    history.unwrap().1
}

pub async fn delete(target: &Target) {
    let stored = stored_subscription(target).await;
    let kept = subscription(stored.organization_id);
    store_subscription(target, &kept).await;
    queue(target, &[1, 2, 3].map(|due| delivery(&stored, due))).await;
    queue(target, &[delivery(&kept, 1)]).await;
    claim(target, &stored, (1, 61), 1).await;
    assert_eq!(count_deliveries(target, &stored).await, 3);

    let mut work = target.write_in(stored.organization_id).await;
    let subscriptions = work.subscriptions();
    let id = stored.subscription_id;
    assert!(subscriptions.delete(id).await.unwrap());
    assert!(!subscriptions.delete(id).await.unwrap());
    let unknown = SubscriptionId::new(uuid());
    assert!(!subscriptions.delete(unknown).await.unwrap());
    work.commit().await.unwrap();

    assert_eq!(found_subscription(target, &stored).await, None);
    assert_eq!(count_deliveries(target, &stored).await, 0);
    assert_eq!(count_deliveries(target, &kept).await, 1);
    assert!(claim(target, &stored, (9, 99), 9).await.is_empty());
    assert_eq!(listed(target, stored.organization_id).await, [kept]);
}

async fn stored_secret(target: &Target, of: &Subscription) -> String {
    let row = target.raw.id(of.subscription_id.uuid());
    let sql = format!("SELECT signing_secret FROM webhook_subscriptions WHERE id = {row}");
    target.raw.texts(&sql).await.pop().unwrap().unwrap()
}

pub async fn secrets_are_encrypted(target: &Target) {
    let old = subscription(stored_organization(target).await);
    let old_secret = store_subscription(target, &old).await;
    target.keys.add_key();
    target.cipher.reload().unwrap();
    let new = subscription(old.organization_id);
    let new_secret = store_subscription(target, &new).await;
    for (subscription, secret, version) in [(&old, &old_secret, "v1:"), (&new, &new_secret, "v2:")]
    {
        let stored = stored_secret(target, subscription).await;
        assert!(stored.starts_with(version), "{stored}");
        assert!(!stored.contains("whsec_"));
        queue(target, &[delivery(subscription, 1)]).await;
        let claimed = claim(target, subscription, (1, 61), 9).await;
        assert_eq!(claimed.len(), 1);
        assert_eq!(here(&claimed[0].secret).expose(), secret.expose());
    }
}

pub async fn moved_secrets_are_corrupt(target: &Target) {
    let from = stored_subscription(target).await;
    let to = stored_subscription(target).await;
    queue(target, &[delivery(&to, 1)]).await;
    let secret = stored_secret(target, &from).await;
    let row = target.raw.id(to.subscription_id.uuid());
    for value in [format!("'{secret}'"), "NULL".to_owned()] {
        let sql =
            format!("UPDATE webhook_subscriptions SET signing_secret = {value} WHERE id = {row}");
        target.raw.execute(&sql).await.unwrap();
        let mut work = target.write().await;
        let deliveries = work.deliveries();
        let id = to.subscription_id;
        let refused = deliveries.claim(id, at(1), at(61), 9).await;
        let place = ("webhook_subscriptions", "signing_secret", id.to_string());
        assert_corrupt(refused, place);
        drop(work);
        target.all_returned().await;
    }
}

pub async fn corrupt_values_name_their_place(target: &Target) {
    let stored = stored_subscription(target).await;
    let (organization, id) = (stored.organization_id, stored.subscription_id);
    let key = target.raw.id(id.uuid());
    let events = "SELECT events FROM webhook_subscriptions";
    let events = target.raw.texts(events).await.pop().unwrap().unwrap();
    let empty = if events.starts_with('[') { "[]" } else { "{}" };
    let unknown = events.replace("token.issued", "token.eaten");
    for (column, value, old) in [
        ("name", "", "x"),
        ("events", unknown.as_str(), events.as_str()),
        ("events", empty, events.as_str()),
    ] {
        let set = |value| {
            format!("UPDATE webhook_subscriptions SET {column} = '{value}' WHERE id = {key}")
        };
        target.raw.execute(&set(value)).await.unwrap();
        let place = ("webhook_subscriptions", column, id.to_string());
        let mut work = target.read().await;
        let subscriptions = work.subscriptions();
        assert_corrupt(subscriptions.find(organization, id).await, place.clone());
        assert_corrupt(subscriptions.list(organization).await, place.clone());
        let active = subscriptions.active(&[organization]).await;
        assert_corrupt(active, place.clone());
        if column == "events" {
            assert_corrupt(work.outbox().wanted(&[organization]).await, place);
        }
        drop(work);
        target.raw.execute(&set(old)).await.unwrap();
    }
    let found = found_subscription(target, &stored).await.unwrap();
    assert_eq!(found.events, stored.events);
}
