//! What every `Cache` must do; run here and against Redis.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::cache::{Cache, QUARANTINE};
use async_trait::async_trait;
use tokio::task::JoinSet;

const TTL: Duration = Duration::from_secs(300);
/// Tests may take so long without a difference.
const MARGIN: Duration = Duration::from_secs(5);

/// Lets time pass without waiting.
#[async_trait]
pub trait Passage: Send + Sync {
    /// Lets `time` pass, at least for `key`.
    async fn pass(&self, key: &str, time: Duration);
}

/// A key of its own and whatever the cases need.
struct Case<'a> {
    cache: &'a dyn Cache,
    passage: &'a dyn Passage,
    key: String,
}

impl Case<'_> {
    async fn get(&self) -> Option<String> {
        self.cache.get(&self.key).await
    }

    async fn put(&self, value: &str) {
        self.cache.put(&self.key, value, TTL).await;
    }

    async fn replace(&self, value: &str) {
        self.cache.replace(&self.key, value, TTL).await;
    }

    async fn invalidate(&self) {
        self.cache.invalidate(&self.key).await;
    }

    async fn pass(&self, time: Duration) {
        self.passage.pass(&self.key, time).await;
    }

    async fn expect(&self, value: Option<&str>) {
        assert_eq!(self.get().await.as_deref(), value, "{}", self.key);
    }
}

/// Runs all cases; `prefix` keeps the keys of different runs apart.
pub async fn run(cache: Arc<dyn Cache>, passage: &dyn Passage, prefix: &str) {
    let case = |name: &str| Case {
        cache: &*cache,
        passage,
        key: format!("{prefix}:{name}"),
    };
    gives_what_was_put(&case("put")).await;
    keeps_every_text(&case("text")).await;
    keeps_keys_apart(&case("one"), &case("two")).await;
    ends_with_its_time(&case("ttl")).await;
    put_neither_replaces_nor_prolongs(&case("first")).await;
    replace_replaces_and_counts_anew(&case("replace")).await;
    keeps_nothing_for_no_time(&case("zero")).await;
    does_not_keep_what_is_too_large(&case("large")).await;
    invalidation_ends_a_value_and_keeps_the_key_empty(&case("invalidate")).await;
    invalidation_of_nothing_keeps_the_key_empty(&case("nothing")).await;
    every_invalidation_counts_anew(&case("again")).await;
    replace_is_not_kept_off(&case("override")).await;
    one_of_many_puts_wins(&cache, &case("race")).await;
    no_put_survives_an_invalidation(&cache, prefix).await;
}

async fn gives_what_was_put(case: &Case<'_>) {
    case.expect(None).await;
    case.put("value").await;
    case.expect(Some("value")).await;
    case.expect(Some("value")).await;
}

async fn keeps_every_text(case: &Case<'_>) {
    for text in [
        "",
        "null",
        "nil",
        "0",
        " a\r\n\0b ",
        "ä€𝄞",
        r#"{"a":["\u0000"]}"#,
    ] {
        case.replace(text).await;
        case.expect(Some(text)).await;
    }
}

async fn keeps_keys_apart(one: &Case<'_>, two: &Case<'_>) {
    one.put("1").await;
    two.expect(None).await;
    two.put("2").await;
    one.invalidate().await;
    two.expect(Some("2")).await;
}

async fn ends_with_its_time(case: &Case<'_>) {
    case.put("value").await;
    case.pass(TTL - MARGIN).await;
    case.expect(Some("value")).await;
    case.pass(MARGIN).await;
    case.expect(None).await;
    case.put("next").await;
    case.expect(Some("next")).await;
}

async fn put_neither_replaces_nor_prolongs(case: &Case<'_>) {
    case.put("first").await;
    case.pass(TTL - MARGIN).await;
    case.put("second").await;
    case.expect(Some("first")).await;
    case.pass(MARGIN).await;
    case.expect(None).await;
}

async fn replace_replaces_and_counts_anew(case: &Case<'_>) {
    case.replace("first").await;
    case.expect(Some("first")).await;
    case.pass(TTL - MARGIN).await;
    case.replace("second").await;
    case.expect(Some("second")).await;
    case.pass(TTL - MARGIN).await;
    case.expect(Some("second")).await;
    case.pass(MARGIN).await;
    case.expect(None).await;
}

async fn keeps_nothing_for_no_time(case: &Case<'_>) {
    case.cache.put(&case.key, "value", Duration::ZERO).await;
    case.expect(None).await;
    case.put("value").await;
    case.cache.replace(&case.key, "next", Duration::ZERO).await;
    case.expect(None).await;
}

async fn does_not_keep_what_is_too_large(case: &Case<'_>) {
    // As large as a document of another host may be.
    let large = "x".repeat(1024 * 1024 + 2048);
    case.put(&large).await;
    case.expect(Some(&large)).await;
    // A newer value that is not kept still outdates the older one.
    let huge = "x".repeat(2 * 1024 * 1024 + 1);
    case.replace(&huge).await;
    case.expect(None).await;
    case.put(&huge).await;
    case.expect(None).await;
    case.put("small").await;
    case.expect(Some("small")).await;
}

async fn invalidation_ends_a_value_and_keeps_the_key_empty(case: &Case<'_>) {
    case.put("old").await;
    case.invalidate().await;
    case.expect(None).await;
    case.put("old").await;
    case.expect(None).await;
    case.pass(QUARANTINE - MARGIN).await;
    case.put("old").await;
    case.expect(None).await;
    case.pass(MARGIN).await;
    case.expect(None).await;
    case.put("new").await;
    case.expect(Some("new")).await;
}

async fn invalidation_of_nothing_keeps_the_key_empty(case: &Case<'_>) {
    case.invalidate().await;
    case.expect(None).await;
    case.put("old").await;
    case.expect(None).await;
    case.pass(QUARANTINE).await;
    case.put("new").await;
    case.expect(Some("new")).await;
}

async fn every_invalidation_counts_anew(case: &Case<'_>) {
    case.invalidate().await;
    case.pass(QUARANTINE - MARGIN / 2).await;
    case.invalidate().await;
    case.pass(MARGIN).await;
    case.put("old").await;
    case.expect(None).await;
    case.pass(QUARANTINE - MARGIN).await;
    case.put("new").await;
    case.expect(Some("new")).await;
}

async fn replace_is_not_kept_off(case: &Case<'_>) {
    case.invalidate().await;
    case.replace("new").await;
    case.expect(Some("new")).await;
    case.put("old").await;
    case.expect(Some("new")).await;
    case.pass(QUARANTINE).await;
    case.expect(Some("new")).await;
}

async fn one_of_many_puts_wins(cache: &Arc<dyn Cache>, case: &Case<'_>) {
    let mut seen = JoinSet::new();
    for number in 0..50 {
        let (cache, key) = (Arc::clone(cache), case.key.clone());
        seen.spawn(async move {
            cache.put(&key, &number.to_string(), TTL).await;
            cache.get(&key).await.unwrap()
        });
    }
    let seen = seen.join_all().await;
    assert!(seen.iter().all(|value| *value == seen[0]), "{seen:?}");
}

/// Whatever the order, nothing that was read before a change is there after
/// it.
async fn no_put_survives_an_invalidation(cache: &Arc<dyn Cache>, prefix: &str) {
    for round in 0..50 {
        let key = format!("{prefix}:order:{round}");
        let mut tasks = JoinSet::new();
        for number in 0..8 {
            let (cache, key) = (Arc::clone(cache), key.clone());
            tasks.spawn(async move {
                if number == 4 {
                    cache.invalidate(&key).await;
                } else {
                    cache.put(&key, "old", TTL).await;
                }
            });
        }
        tasks.join_all().await;
        assert_eq!(cache.get(&key).await, None, "{round}");
    }
}
