//! Fetching, keeping and forgetting of key sets, with doubles for everything outside.

#[path = "key_sets_doubles.rs"]
mod doubles;

use std::sync::atomic::Ordering;

use tokio::task::{JoinSet, yield_now};
use tokio::time::advance;

use super::*;
use crate::outbound::{ChosenBy, FetchError};
use doubles::{Answer, Fetcher, Kept, Tokens, UNKNOWN};

const TTL: Duration = Duration::from_secs(3600);

struct World {
    fetcher: Arc<Fetcher>,
    cache: Arc<Kept>,
    sets: Arc<KeySets>,
}

impl World {
    /// A source that publishes `keys`.
    fn with(keys: &[&str]) -> Self {
        let fetcher = Arc::new(Fetcher::default());
        let cache = Arc::new(Kept::default());
        let (of_sets, kept) = (Arc::clone(&fetcher), Arc::clone(&cache));
        let sets = Arc::new(KeySets::new(of_sets, Arc::new(Tokens), kept, TTL));
        let world = Self {
            fetcher,
            cache,
            sets,
        };
        world.publish(keys);
        world
    }

    fn answer(&self, url: &str, answer: Answer) {
        let mut answers = self.fetcher.answers.lock().unwrap();
        answers.insert(url.to_owned(), answer);
    }

    fn publish(&self, keys: &[&str]) {
        self.answer(URL, Ok(json!({ "keys": keys }).to_string()));
    }

    fn fail(&self) {
        self.answer(URL, Err(FetchError::Timeout));
    }

    fn calls(&self) -> usize {
        self.fetcher.calls.load(Ordering::SeqCst)
    }

    async fn verify(&self, token: &str) -> Result<Result<(), ForeignTokenError>, KeysUnreachable> {
        self.sets.verify(&source("one", URL), token).await
    }

    /// What becomes of `count` tokens that come while the source is slow.
    async fn verify_at_once(
        &self,
        count: usize,
        token: &str,
    ) -> Vec<Result<Result<(), ForeignTokenError>, KeysUnreachable>> {
        let held = self.fetcher.gate.acquire_many(1000).await.unwrap();
        let mut tasks = JoinSet::new();
        for _ in 0..count {
            let (sets, token) = (Arc::clone(&self.sets), token.to_owned());
            tasks.spawn(async move { sets.verify(&source("one", URL), &token).await });
        }
        // One thread: each task has come to where it waits for another.
        for _ in 0..100 {
            yield_now().await;
        }
        drop(held);
        tasks.join_all().await
    }
}

const URL: &str = "https://idp.example/jwks";
const OTHER_URL: &str = "https://other.example/jwks";

fn source(cache_key: &str, url: &str) -> KeySource {
    KeySource {
        cache_key: cache_key.to_owned(),
        url: OutboundUrl::parse(url, ChosenBy::Stranger, false).unwrap(),
    }
}

#[tokio::test]
async fn a_set_is_fetched_once_and_kept() {
    let world = World::with(&["a", "b"]);
    for token in ["a", "b", "a"] {
        assert_eq!(world.verify(token).await, Ok(Ok(())));
    }
    assert_eq!(world.calls(), 1);
    let kept = world.cache.values.lock().unwrap();
    assert_eq!(kept.keys().collect::<Vec<_>>(), ["one"]);
    assert_eq!(kept["one"].1, TTL);
}

#[tokio::test]
async fn a_set_that_another_replica_fetched_is_used() {
    let world = World::with(&["a"]);
    let entry = json!({ "url": URL, "set": { "keys": ["b"] } }).to_string();
    world.cache.replace("one", &entry, TTL).await;
    assert_eq!(world.verify("b").await, Ok(Ok(())));
    assert_eq!(world.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_leads_to_one_fetch_per_minute() {
    let world = World::with(&["a"]);
    assert_eq!(world.verify("a").await, Ok(Ok(())));
    world.publish(&["a", "b"]);
    assert_eq!(world.verify("b").await, Ok(Ok(())));
    assert_eq!(world.calls(), 2);

    world.publish(&["a", "b", "c"]);
    for token in ["c", "unknown", "c"] {
        assert_eq!(world.verify(token).await, Ok(UNKNOWN));
    }
    advance(Duration::from_secs(59)).await;
    assert_eq!(world.verify("c").await, Ok(UNKNOWN));
    assert_eq!(world.calls(), 2);

    advance(Duration::from_secs(1)).await;
    assert_eq!(world.verify("c").await, Ok(Ok(())));
    assert_eq!(world.calls(), 3);
}

#[tokio::test]
async fn an_unknown_key_does_not_lead_to_a_second_fetch_of_a_fresh_set() {
    let world = World::with(&["a"]);
    assert_eq!(world.verify("unknown").await, Ok(UNKNOWN));
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn a_bad_signature_leads_to_no_fetch() {
    let world = World::with(&["a"]);
    world.verify("a").await.unwrap().unwrap();
    let bad = Err(ForeignTokenError::BadSignature);
    assert_eq!(world.verify("forged").await, Ok(bad));
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn every_source_has_its_own_minute() {
    let world = World::with(&["a"]);
    world.answer(OTHER_URL, Ok(json!({ "keys": ["a"] }).to_string()));
    let other = source("two", OTHER_URL);
    for token in ["a", "unknown", "unknown"] {
        world.verify(token).await.unwrap().ok();
    }
    assert_eq!(world.calls(), 2);
    for token in ["a", "unknown", "unknown"] {
        world.sets.verify(&other, token).await.unwrap().ok();
    }
    assert_eq!(world.calls(), 4);
}

#[tokio::test]
async fn a_failed_fetch_for_an_unknown_key_leaves_the_set_in_place() {
    for answer in [
        Err(FetchError::Status(500)),
        Ok("no JSON".to_owned()),
        Ok(json!({ "keys": [] }).to_string()),
    ] {
        let world = World::with(&["a"]);
        world.verify("a").await.unwrap().unwrap();
        world.answer(URL, answer);
        assert_eq!(world.verify("b").await, Ok(UNKNOWN));
        assert_eq!(world.calls(), 2);
        assert_eq!(world.verify("a").await, Ok(Ok(())));
        assert_eq!(world.verify("b").await, Ok(UNKNOWN));
        assert_eq!(world.calls(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_failed_is_left_alone_for_some_seconds() {
    let world = World::with(&["a"]);
    world.fail();
    let failure = world.verify("a").await.unwrap_err();
    world.publish(&["a"]);
    assert_eq!(world.verify("a").await, Err(failure.clone()));
    advance(Duration::from_millis(4_999)).await;
    assert_eq!(world.verify("a").await, Err(failure));
    assert_eq!(world.calls(), 1);
    advance(Duration::from_millis(1)).await;
    assert_eq!(world.verify("a").await, Ok(Ok(())));
    assert_eq!(world.calls(), 2);
}

#[tokio::test]
async fn the_failure_of_one_address_is_not_that_of_another() {
    let world = World::with(&["a"]);
    world.fail();
    world.verify("a").await.unwrap_err();
    world.answer(OTHER_URL, Ok(json!({ "keys": ["a"] }).to_string()));
    let moved = source("one", OTHER_URL);
    assert_eq!(world.sets.verify(&moved, "a").await, Ok(Ok(())));
}

#[tokio::test]
async fn what_is_no_usable_set_is_unreachable_and_not_kept() {
    for body in ["", "no JSON", "[]", "{}", r#"{"keys":[]}"#] {
        let world = World::with(&[]);
        world.answer(URL, Ok(body.to_owned()));
        assert!(world.verify("a").await.is_err(), "{body}");
        assert!(world.cache.values.lock().unwrap().is_empty(), "{body}");
    }
}

#[tokio::test]
async fn many_who_want_a_set_at_once_lead_to_one_fetch() {
    let world = World::with(&["a"]);
    let verdicts = world.verify_at_once(20, "a").await;
    assert_eq!(verdicts, vec![Ok(Ok(())); 20]);
    assert_eq!(world.calls(), 1);

    let world = World::with(&["a"]);
    world.fail();
    let verdicts = world.verify_at_once(20, "a").await;
    assert!(verdicts.iter().all(Result::is_err), "{verdicts:?}");
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn many_with_the_same_new_key_lead_to_one_fetch_and_are_all_served() {
    let world = World::with(&["a"]);
    world.verify("a").await.unwrap().unwrap();
    world.publish(&["b"]);
    let verdicts = world.verify_at_once(20, "b").await;
    assert_eq!(verdicts, vec![Ok(Ok(())); 20]);
    assert_eq!(world.calls(), 2);
}

#[tokio::test]
async fn a_set_from_another_address_is_not_used() {
    let world = World::with(&["a"]);
    world.verify("a").await.unwrap().unwrap();
    world.answer(OTHER_URL, Ok(json!({ "keys": ["b"] }).to_string()));
    let moved = source("one", OTHER_URL);
    assert_eq!(world.sets.verify(&moved, "a").await, Ok(UNKNOWN));
    assert_eq!(world.sets.verify(&moved, "b").await, Ok(Ok(())));
    assert_eq!(world.calls(), 2);
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_none() {
    for entry in ["", "null", "{}", r#"{"url":1,"set":{}}"#, "(invalidated)"] {
        let world = World::with(&["a"]);
        world.cache.replace("one", entry, TTL).await;
        assert_eq!(world.verify("a").await, Ok(Ok(())), "{entry}");
        assert_eq!(world.calls(), 1);
    }
}

#[tokio::test]
async fn a_forgotten_set_is_fetched_again() {
    let world = World::with(&["a"]);
    world.verify("a").await.unwrap().unwrap();
    world.publish(&["b"]);
    world.sets.forget("one").await;
    assert_eq!(world.verify("a").await, Ok(UNKNOWN));
    assert_eq!(world.verify("b").await, Ok(Ok(())));
    assert_eq!(world.calls(), 2);

    let world = World::with(&["a"]);
    world.fail();
    world.verify("a").await.unwrap_err();
    world.sets.forget("one").await;
    world.publish(&["a"]);
    assert_eq!(world.verify("a").await, Ok(Ok(())));
}

#[tokio::test]
async fn a_probe_replaces_the_set_and_ends_the_pause_after_a_failure() {
    let world = World::with(&["a"]);
    world.fail();
    world.verify("a").await.unwrap_err();
    world.publish(&["b"]);
    let set = world.sets.probe(&source("one", URL)).await.unwrap();
    assert_eq!(set, json!({ "keys": ["b"] }));
    assert_eq!(world.verify("b").await, Ok(Ok(())));
    assert_eq!(world.calls(), 2);

    world.fail();
    assert!(world.sets.probe(&source("one", URL)).await.is_err());
    assert_eq!(world.verify("b").await, Ok(Ok(())));
}

#[tokio::test(start_paused = true)]
async fn without_a_cache_a_set_is_not_fetched_for_every_token() {
    let world = World::with(&["a"]);
    world.cache.is_away.store(true, Ordering::SeqCst);
    let verdicts = world.verify_at_once(20, "a").await;
    assert_eq!(verdicts, vec![Ok(Ok(())); 20]);
    assert_eq!(world.calls(), 1);
    world.publish(&["a", "b"]);
    assert_eq!(world.verify("b").await, Ok(Ok(())));
    assert_eq!(world.verify("unknown").await, Ok(UNKNOWN));
    assert_eq!(world.calls(), 2);
    advance(Duration::from_secs(5)).await;
    assert_eq!(world.verify("a").await, Ok(Ok(())));
    assert_eq!(world.calls(), 3);
}
