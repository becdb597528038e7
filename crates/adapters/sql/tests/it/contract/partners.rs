//! Rules of stored federation partners.

use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::federation::{AllowedOrganizations, Partner, PartnerName};
use agentidp_domain::id::PartnerId;

use super::{assert_conflict, assert_corrupt, assert_locks};
use crate::fixtures::{at, partner, store_partner, uuid};
use crate::harness::Target;

fn organizations(names: &[&str]) -> AllowedOrganizations {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    AllowedOrganizations::new(names).unwrap()
}

async fn found(target: &Target, id: PartnerId) -> Option<Partner> {
    target.read().await.partners().find(id).await.unwrap()
}

async fn by_issuer(target: &Target, issuer: &str) -> Option<Partner> {
    let mut work = target.read().await;
    work.partners().find_by_issuer(issuer).await.unwrap()
}

pub async fn round_trip(target: &Target) {
    let bare = partner();
    let full = Partner {
        allowed_organizations: organizations(&["org-b", "Größe, \"x\"", "org-a"]),
        suspended: true,
        expires_at: Some(at(100)),
        created_at: at(1),
        updated_at: at(2),
        ..partner()
    };
    let mut work = target.write().await;
    for partner in [&bare, &full] {
        work.partners().insert(partner).await.unwrap();
        let locked = work.partners().find(partner.partner_id).await.unwrap();
        assert_eq!(locked.as_ref(), Some(partner));
    }
    work.commit().await.unwrap();
    for partner in [&bare, &full] {
        let read = found(target, partner.partner_id).await;
        assert_eq!(read.as_ref(), Some(partner));
        let read = by_issuer(target, &partner.issuer).await;
        assert_eq!(read.as_ref(), Some(partner));
    }
    let listed = target.read().await.partners().list().await.unwrap();
    assert_eq!(listed, [full, bare]);
    assert_eq!(found(target, PartnerId::new(uuid())).await, None);
}

pub async fn find_locks(target: &Target) {
    let partner = partner();
    store_partner(target, &partner).await;
    assert_locks(target, async |work| {
        let found = work.partners().find(partner.partner_id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&partner));
    })
    .await;
}

pub async fn conflict_then_continue(target: &Target) {
    let first = partner();
    let mut second = partner();
    second.issuer.clone_from(&first.issuer);
    let third = partner();
    let mut work = target.write().await;
    let partners = work.partners();
    partners.insert(&first).await.unwrap();
    assert_conflict(partners.insert(&second).await, Constraint::PartnerIssuer);
    partners.insert(&third).await.unwrap();
    work.commit().await.unwrap();
    let read = by_issuer(target, &first.issuer).await;
    assert_eq!(read.as_ref(), Some(&first));
    assert_eq!(found(target, second.partner_id).await, None);
    assert_eq!(found(target, third.partner_id).await, Some(third));
}

pub async fn newest_first(target: &Target) {
    let mut wanted = Vec::new();
    for created in [0, 5, 0, 5, 0, 3] {
        let mut partner = partner();
        partner.created_at = at(created);
        partner.updated_at = at(-created);
        store_partner(target, &partner).await;
        wanted.push(partner);
    }
    wanted.sort_unstable_by_key(|partner| (partner.created_at, partner.partner_id));
    wanted.reverse();
    let listed = target.read().await.partners().list().await.unwrap();
    assert_eq!(listed, wanted);
}

pub async fn issuers_are_compared_exactly(target: &Target) {
    let mut stored = partner();
    stored.issuer = "https://idp.example/Tenant".to_owned();
    store_partner(target, &stored).await;
    for other in [
        "https://idp.example/tenant",
        "https://IDP.example/Tenant",
        "https://idp.example/Tenant/",
        "https://idp.example/Tenan",
        "https://idp.example/Tenant ",
        "https://idp.example/%",
        "",
    ] {
        assert_eq!(by_issuer(target, other).await, None, "{other}");
        // It is the issuer of somebody else.
        let mut partner = partner();
        partner.issuer = other.to_owned();
        store_partner(target, &partner).await;
        assert_eq!(by_issuer(target, other).await, Some(partner), "{other}");
    }
    let issuer = stored.issuer.clone();
    assert_eq!(by_issuer(target, &issuer).await, Some(stored));
}

pub async fn update(target: &Target) {
    let stored = partner();
    let bystander = partner();
    store_partner(target, &stored).await;
    store_partner(target, &bystander).await;
    let changed = Partner {
        name: PartnerName::new("New name").unwrap(),
        jwks_uri: "https://keys.example/jwks".to_owned(),
        allowed_organizations: organizations(&["b", "a"]),
        suspended: true,
        expires_at: Some(at(50)),
        updated_at: at(9),
        ..stored.clone()
    };
    let reset = Partner {
        updated_at: at(10),
        ..stored.clone()
    };
    for wanted in [&changed, &reset] {
        // These two stay, whatever the caller says.
        let written = Partner {
            issuer: "https://other.example".to_owned(),
            created_at: at(-1),
            ..wanted.clone()
        };
        let mut work = target.write().await;
        work.partners().update(&written).await.unwrap();
        work.commit().await.unwrap();
        let read = found(target, stored.partner_id).await;
        assert_eq!(read.as_ref(), Some(wanted));
    }
    let mut work = target.write().await;
    let missed = work.partners().update(&partner()).await;
    assert!(matches!(missed, Err(StoreError::Stale)));
    work.commit().await.unwrap();
    assert_eq!(found(target, bystander.partner_id).await, Some(bystander));
}

pub async fn delete(target: &Target) {
    let stored = partner();
    let kept = partner();
    store_partner(target, &stored).await;
    store_partner(target, &kept).await;
    let mut work = target.write().await;
    let partners = work.partners();
    assert!(partners.delete(stored.partner_id).await.unwrap());
    assert!(!partners.delete(stored.partner_id).await.unwrap());
    assert!(!partners.delete(PartnerId::new(uuid())).await.unwrap());
    work.commit().await.unwrap();
    assert_eq!(found(target, stored.partner_id).await, None);
    assert_eq!(by_issuer(target, &stored.issuer).await, None);
    let listed = target.read().await.partners().list().await.unwrap();
    assert_eq!(listed, [kept]);
    // Its issuer is free again.
    let mut next = partner();
    next.issuer = stored.issuer;
    store_partner(target, &next).await;
}

pub async fn corrupt_values_name_their_place(target: &Target) {
    let stored = partner();
    store_partner(target, &stored).await;
    let id = stored.partner_id.to_string();
    let key = target.raw.id(stored.partner_id.uuid());
    // An unreadable list must not turn into the empty one, which admits all.
    for (column, value, old) in [
        ("name", "''", "'x'"),
        ("status", "'expired'", "'active'"),
        ("status", "'off'", "'active'"),
        ("allowed_organizations", "'{}'", "'[]'"),
        ("allowed_organizations", "'null'", "'[]'"),
        ("allowed_organizations", "'[1]'", "'[]'"),
    ] {
        let set =
            |value| format!("UPDATE federation_partners SET {column} = {value} WHERE id = {key}");
        target.raw.execute(&set(value)).await.unwrap();
        let place = ("federation_partners", column, id.clone());
        let mut work = target.read().await;
        let partners = work.partners();
        assert_corrupt(partners.find(stored.partner_id).await, place.clone());
        let read = partners.find_by_issuer(&stored.issuer).await;
        assert_corrupt(read, place.clone());
        assert_corrupt(partners.list().await, place);
        drop(work);
        target.raw.execute(&set(old)).await.unwrap();
    }
    let read = found(target, stored.partner_id).await.unwrap();
    assert_eq!(read.allowed_organizations, stored.allowed_organizations);
}
