//! Rules of transactions.

use std::time::Duration;

use agentidp_domain::unit_of_work::{Mode, Scope};
use tokio::time::timeout;

use crate::fixtures::{agent, organization, stored_agent, stored_organization};
use crate::harness::{POOL_SIZE, Target};

pub async fn commit_and_rollback(target: &Target) {
    let (kept, dropped) = (organization(), organization());
    let mut work = target.write().await;
    work.organizations().insert(&kept).await.unwrap();
    work.commit().await.unwrap();
    let mut work = target.write().await;
    work.organizations().insert(&dropped).await.unwrap();
    let seen = work
        .organizations()
        .find(dropped.organization_id)
        .await
        .unwrap();
    assert!(seen.is_some());
    drop(work);
    target.all_returned().await;
    let mut work = target.read().await;
    assert!(
        work.organizations()
            .find(kept.organization_id)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        work.organizations()
            .find(dropped.organization_id)
            .await
            .unwrap()
            .is_none()
    );
}

pub async fn dropped_transactions_leave_the_pool_usable(target: &Target) {
    let id = stored_organization(target).await;
    for mode in [Mode::Write, Mode::Read, Mode::Snapshot] {
        for scope in [Scope::System, Scope::Organization(id)] {
            for _ in 0..POOL_SIZE * 3 {
                let mut work = target.store.begin(scope, mode).await.unwrap();
                work.organizations().find(id).await.unwrap();
            }
        }
    }
    target.all_returned().await;
    let kept = organization();
    let mut work = target.write().await;
    work.organizations().insert(&kept).await.unwrap();
    work.commit().await.unwrap();
    let found = target
        .read()
        .await
        .organizations()
        .find(kept.organization_id)
        .await;
    assert!(found.unwrap().is_some());
}

pub async fn dropped_transactions_release_their_locks(target: &Target) {
    let id = stored_organization(target).await;
    let mut first = target.write().await;
    first.organizations().find_for_update(id).await.unwrap();
    let waiter = async {
        let mut second = target.write().await;
        second.organizations().find_for_update(id).await.unwrap();
        second.commit().await.unwrap();
    };
    tokio::pin!(waiter);
    let early = timeout(Duration::from_millis(100), &mut waiter).await;
    assert!(early.is_err(), "the row was not locked");
    drop(first);
    timeout(Duration::from_secs(10), waiter)
        .await
        .expect("the lock stayed");
}

pub async fn cancelled_calls_do_no_harm(target: &Target) {
    let id = stored_organization(target).await;
    for mode in [Mode::Write, Mode::Read, Mode::Snapshot] {
        for wait in [0, 1, 50, 200, 500, 1000] {
            let call = async {
                let mut work = target
                    .store
                    .begin(Scope::Organization(id), mode)
                    .await
                    .unwrap();
                for _ in 0..20 {
                    work.organizations().find(id).await.unwrap();
                }
                work.commit().await.unwrap();
            };
            timeout(Duration::from_micros(wait), call).await.ok();
        }
    }
    target.all_returned().await;
    let mut work = target.write().await;
    work.agents().insert(&agent(id)).await.unwrap();
    work.commit().await.unwrap();
}

pub async fn snapshots_do_not_move(target: &Target) {
    let first = stored_agent(target).await;
    let mut snapshot = target
        .store
        .begin(Scope::System, Mode::Snapshot)
        .await
        .unwrap();
    let mut reader = target.read().await;
    assert_eq!(snapshot.agents().count_active().await.unwrap(), 1);
    let mut work = target.write().await;
    work.agents()
        .insert(&agent(first.organization_id))
        .await
        .unwrap();
    work.commit().await.unwrap();
    assert_eq!(snapshot.agents().count_active().await.unwrap(), 1);
    assert_eq!(reader.agents().count_active().await.unwrap(), 2);
    snapshot.commit().await.unwrap();
}

/// A lock is held to the end of its transaction and keeps others out.
pub async fn locks(target: &Target) {
    let mut first = target.write().await;
    assert!(first.locks().try_lock("job").await.unwrap());
    assert!(first.locks().try_lock("job").await.unwrap());
    let waiter = async {
        let mut second = target.write().await;
        second.locks().lock("job").await.unwrap();
        second.commit().await.unwrap();
    };
    tokio::pin!(waiter);
    assert!(
        timeout(Duration::from_millis(100), &mut waiter)
            .await
            .is_err()
    );
    first.commit().await.unwrap();
    timeout(Duration::from_secs(10), waiter)
        .await
        .expect("the lock stayed");
}

pub async fn queries_are_measured(target: &Target) {
    let before = target.queries.value();
    let mut work = target.write().await;
    work.agents().count_active().await.unwrap();
    work.commit().await.unwrap();
    assert!(target.queries.value() >= before + 3);
}

pub async fn ping(target: &Target) {
    target.store.ping().await.unwrap();
}
