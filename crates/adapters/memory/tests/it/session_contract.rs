//! What every `SessionStore` must do; run here and against Redis.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::session::SessionStore;
use tokio::task::JoinSet;

use crate::cache_contract::Passage;

const TTL: Duration = Duration::from_secs(3600);
/// Tests may take so long without a difference.
const MARGIN: Duration = Duration::from_secs(5);

/// A key of its own and whatever the cases need.
struct Case<'a> {
    store: &'a dyn SessionStore,
    passage: &'a dyn Passage,
    key: String,
}

impl Case<'_> {
    async fn create(&self, value: &str) {
        self.store.create(&self.key, value, TTL).await.unwrap();
    }

    async fn renew(&self, ttl: Duration) -> bool {
        self.store.renew(&self.key, ttl).await.unwrap()
    }

    async fn remove(&self) {
        self.store.remove(&self.key).await.unwrap();
    }

    async fn claim(&self) -> bool {
        self.store.claim_once(&self.key, TTL).await.unwrap()
    }

    async fn pass(&self, time: Duration) {
        self.passage.pass(&self.key, time).await;
    }

    async fn expect(&self, value: Option<&str>) {
        let found = self.store.find(&self.key).await.unwrap();
        assert_eq!(found.as_deref(), value, "{}", self.key);
    }
}

/// Runs all cases; `prefix` keeps the keys of different runs apart.
pub async fn run(store: Arc<dyn SessionStore>, passage: &dyn Passage, prefix: &str) {
    let case = |name: &str| Case {
        store: &*store,
        passage,
        key: format!("{prefix}:{name}"),
    };
    gives_what_was_created(&case("create")).await;
    keeps_keys_apart(&case("one"), &case("two")).await;
    ends_with_its_time(&case("ttl")).await;
    is_renewed_from_now_on(&case("renew")).await;
    is_renewed_to_less_time(&case("shorten")).await;
    what_has_ended_is_not_renewed(&case("ended")).await;
    what_was_removed_is_not_renewed(&case("removed")).await;
    a_key_is_claimed_once_until_its_time_is_over(&case("claim")).await;
    of_many_claims_one_is_the_first(&store, &case("race")).await;
}

async fn gives_what_was_created(case: &Case<'_>) {
    case.expect(None).await;
    case.create(r#"{"a":"ä"}"#).await;
    case.expect(Some(r#"{"a":"ä"}"#)).await;
    case.expect(Some(r#"{"a":"ä"}"#)).await;
}

async fn keeps_keys_apart(one: &Case<'_>, two: &Case<'_>) {
    one.create("1").await;
    two.expect(None).await;
    two.create("2").await;
    one.remove().await;
    one.expect(None).await;
    two.expect(Some("2")).await;
}

async fn ends_with_its_time(case: &Case<'_>) {
    case.create("value").await;
    case.pass(TTL - MARGIN).await;
    case.expect(Some("value")).await;
    case.pass(MARGIN).await;
    case.expect(None).await;
}

async fn is_renewed_from_now_on(case: &Case<'_>) {
    case.create("value").await;
    for _ in 0..3 {
        case.pass(TTL - MARGIN).await;
        assert!(case.renew(TTL).await);
        case.expect(Some("value")).await;
    }
    case.pass(TTL).await;
    case.expect(None).await;
}

async fn is_renewed_to_less_time(case: &Case<'_>) {
    case.create("value").await;
    assert!(case.renew(MARGIN * 2).await);
    case.expect(Some("value")).await;
    case.pass(MARGIN * 2).await;
    case.expect(None).await;
}

async fn what_has_ended_is_not_renewed(case: &Case<'_>) {
    assert!(!case.renew(TTL).await);
    case.create("value").await;
    case.pass(TTL).await;
    assert!(!case.renew(TTL).await);
    case.expect(None).await;
}

async fn what_was_removed_is_not_renewed(case: &Case<'_>) {
    case.create("value").await;
    case.remove().await;
    assert!(!case.renew(TTL).await);
    case.expect(None).await;
    case.remove().await;
    case.expect(None).await;
}

async fn a_key_is_claimed_once_until_its_time_is_over(case: &Case<'_>) {
    assert!(case.claim().await);
    assert!(!case.claim().await);
    case.pass(TTL - MARGIN).await;
    assert!(!case.claim().await, "a second claim prolongs nothing");
    case.pass(MARGIN).await;
    assert!(case.claim().await);
    assert!(!case.claim().await);
}

async fn of_many_claims_one_is_the_first(store: &Arc<dyn SessionStore>, case: &Case<'_>) {
    let mut claims = JoinSet::new();
    for _ in 0..50 {
        let (store, key) = (Arc::clone(store), case.key.clone());
        claims.spawn(async move { store.claim_once(&key, TTL).await.unwrap() });
    }
    let claims = claims.join_all().await;
    assert_eq!(claims.iter().filter(|first| **first).count(), 1);
}
