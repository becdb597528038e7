//! Rules of the change feed.

use agentidp_domain::change::Change;
use agentidp_domain::id::{AgentId, TokenId};

use crate::fixtures::uuid;
use crate::harness::Target;

fn revoked() -> Change {
    Change::TokenRevoked {
        token_id: TokenId::new(uuid()),
        expires_at: 1_767_225_600,
    }
}

async fn record(target: &Target, changes: &[Change]) {
    let mut work = target.write().await;
    work.changes().record(changes).await.unwrap();
    work.commit().await.unwrap();
}

pub async fn since_a_cursor(target: &Target) {
    record(target, &[revoked()]).await;
    let start = target.read().await.changes().cursor().await.unwrap();
    let agent_id = AgentId::new(uuid());
    let first = vec![revoked(), Change::AgentChanged { agent_id }];
    record(target, &first).await;
    record(target, &[]).await;
    // What was there before may come too, and what was seen may come again:
    // some other transaction may still run.
    let (seen, next) = target.read().await.changes().since(start).await.unwrap();
    assert!(seen.ends_with(&first));
    let second = vec![Change::SigningKeysChanged];
    record(target, &second).await;
    let (seen, _) = target.read().await.changes().since(next).await.unwrap();
    assert!(seen.ends_with(&second));
}

pub async fn rolled_back_changes_never_appear(target: &Target) {
    let start = target.read().await.changes().cursor().await.unwrap();
    let mut work = target.write().await;
    work.changes().record(&[revoked()]).await.unwrap();
    drop(work);
    target.all_returned().await;
    let wanted = revoked();
    record(target, std::slice::from_ref(&wanted)).await;
    let (seen, _) = target.read().await.changes().since(start).await.unwrap();
    assert_eq!(seen, [wanted]);
}

pub async fn prune_removes_old_ones(target: &Target) {
    let start = target.read().await.changes().cursor().await.unwrap();
    record(target, &[revoked()]).await;
    let hour_ago = target.raw.time(1_000_000);
    let sql = format!("UPDATE change_feed SET created_at = {hour_ago}");
    target.raw.execute(&sql).await.unwrap();
    let kept = revoked();
    record(target, std::slice::from_ref(&kept)).await;
    let mut work = target.write().await;
    assert_eq!(work.changes().prune(9).await.unwrap(), 1);
    work.commit().await.unwrap();
    let (seen, _) = target.read().await.changes().since(start).await.unwrap();
    assert_eq!(seen, [kept]);

    // Positions that were pruned away are not used again.
    let cursor = target.read().await.changes().cursor().await.unwrap();
    target.raw.execute("DELETE FROM change_feed").await.unwrap();
    let next = revoked();
    record(target, std::slice::from_ref(&next)).await;
    let (seen, _) = target.read().await.changes().since(cursor).await.unwrap();
    assert_eq!(seen, [next]);
}

pub async fn prune_is_bounded(target: &Target) {
    let start = target.read().await.changes().cursor().await.unwrap();
    let old: Vec<_> = (0..5).map(|_| revoked()).collect();
    for change in &old {
        record(target, std::slice::from_ref(change)).await;
    }
    // The last one is the oldest: age counts, not position.
    let first = target.raw.time(5_000_000);
    let sql = format!("UPDATE change_feed SET created_at = {first}");
    target.raw.execute(&sql).await.unwrap();
    let last = "SELECT CAST(max(id) AS text) FROM change_feed";
    let last = target.raw.texts(last).await.pop().unwrap().unwrap();
    let oldest = target.raw.time(1_000_000);
    let sql = format!("UPDATE change_feed SET created_at = {oldest} WHERE id = {last}");
    target.raw.execute(&sql).await.unwrap();
    let kept = revoked();
    record(target, std::slice::from_ref(&kept)).await;
    for (limit, removed, left) in [(0, 0, 6), (1, 1, 5), (3, 3, 2), (3, 1, 1), (3, 0, 1)] {
        let mut work = target.write().await;
        assert_eq!(work.changes().prune(limit).await.unwrap(), removed);
        work.commit().await.unwrap();
        let (seen, _) = target.read().await.changes().since(start).await.unwrap();
        assert_eq!(seen.len(), left);
        assert_eq!(seen.last(), Some(&kept));
        assert!(!seen.contains(&old[4]) || limit == 0);
    }
}
