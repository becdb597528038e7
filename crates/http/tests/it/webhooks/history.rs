//! Which part of a history is shown.

use serde_json::{Value, json};

use super::post::Stage;
use super::{URL, deliveries, history, subscribed};
use crate::support::Api;
use crate::support::texts::INVALID_BODY;

impl Stage {
    async fn page(&self, query: &str) -> Value {
        let answer = history(&self.api, &self.acme, &self.path, query).await;
        answer.expect(200)
    }
}

/// Time and id of an entry, by which a history is sorted.
fn key(delivery: &Value) -> (&str, &str) {
    let text = |member: &str| delivery[member].as_str().unwrap();
    (text("created_at"), text("id"))
}

#[actix_web::test]
async fn without_deliveries_it_is_empty() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &["agent.created"]).await;
    let page = history(&api, &acme, &path, "").await.expect(200);
    let expected = json!({"deliveries": [], "total": 0, "limit": 20, "offset": 0});
    assert_eq!(page, expected);
}

#[actix_web::test]
async fn it_is_read_in_sections_newest_first() {
    let stage = Stage::start().await;
    for _ in 0..3 {
        stage.happen().await;
    }
    stage.happen_often(20).await;
    let all = deliveries(&stage.api, &stage.acme, &stage.path).await;
    assert_eq!(all.len(), 23);
    assert!(all.is_sorted_by(|a, b| key(a) > key(b)));
    for (query, limit, offset) in [
        ("", 20, 0),
        ("?limit=1", 1, 0),
        ("?limit=100", 100, 0),
        ("?offset=5", 20, 5),
        ("?limit=7&offset=7", 7, 7),
        ("?limit=7&offset=21", 7, 21),
        ("?offset=23", 20, 23),
        ("?offset=4294967295", 20, usize::try_from(u32::MAX).unwrap()),
        ("?limit=2&page=3&cursor=x", 2, 0),
    ] {
        let page = stage.page(query).await;
        assert_eq!(page.as_object().unwrap().len(), 4);
        assert_eq!(page["total"], 23, "{query}");
        assert_eq!(page["limit"], limit, "{query}");
        assert_eq!(page["offset"], offset, "{query}");
        let section: Vec<&Value> = all.iter().skip(offset).take(limit).collect();
        assert_eq!(page["deliveries"], json!(section), "{query}");
    }
}

#[actix_web::test]
async fn a_state_narrows_it() {
    let stage = Stage::start().await;
    // One of each state, the oldest first.
    stage.happen().await;
    for _ in 0..10 {
        stage.reply([Ok(500)]);
        stage.send().await;
        stage.api.pass(3 * 60 * 60);
    }
    stage.happen().await;
    stage.send().await;
    stage.happen().await;
    stage.reply([Ok(500)]);
    stage.send().await;
    stage.happen().await;
    let states = ["pending", "failed", "delivered", "dead_letter"];
    let all = stage.page("").await;
    assert_eq!(all["total"], 4);
    for (index, state) in states.iter().enumerate() {
        let page = stage.page(&format!("?status={state}")).await;
        assert_eq!(page["total"], 1, "{state}");
        assert_eq!(page["deliveries"][0]["status"], *state);
        assert_eq!(page["deliveries"], json!([all["deliveries"][index]]));
        let beyond = stage.page(&format!("?status={state}&offset=1")).await;
        assert_eq!(beyond["total"], 1);
        assert_eq!(beyond["deliveries"], json!([]));
    }
}

#[actix_web::test]
async fn bad_parameters_are_named() {
    let stage = Stage::start().await;
    let limit = "Must be between 1 and 100.";
    let offset = "Must be between 0 and 4294967295.";
    let states = "Must be one of: pending, delivered, failed, dead_letter.";
    let repeated = "Must not be repeated.";
    for (query, field, reason) in [
        ("limit=0", "limit", limit),
        ("limit=101", "limit", limit),
        ("limit=-1", "limit", limit),
        ("limit=1.5", "limit", limit),
        ("limit=", "limit", limit),
        ("limit=all", "limit", limit),
        ("limit=99999999999999999999", "limit", limit),
        ("limit=1&limit=2", "limit", repeated),
        ("offset=-1", "offset", offset),
        ("offset=x", "offset", offset),
        ("offset=", "offset", offset),
        ("offset=4294967296", "offset", offset),
        ("offset=0&offset=0", "offset", repeated),
        ("status=sent", "status", states),
        ("status=Pending", "status", states),
        ("status=", "status", states),
        ("status=pending,failed", "status", states),
        ("status=failed&status=failed", "status", repeated),
    ] {
        let query = format!("?{query}");
        let answer = history(&stage.api, &stage.acme, &stage.path, &query).await;
        let details = answer.invalid(INVALID_BODY, &[field]);
        assert_eq!(details["reason"], reason, "{query}");
    }
    let query = "?status=x&offset=x&limit=x";
    let all = history(&stage.api, &stage.acme, &stage.path, query).await;
    all.invalid(INVALID_BODY, &["limit", "offset", "status"]);
}

#[actix_web::test]
async fn it_is_about_one_subscription() {
    let stage = Stage::start().await;
    let beside = subscribed(&stage.api, &stage.acme, &["agent.updated"]).await;
    stage.happen().await;
    let mine = stage.newest().await;
    let theirs = super::delivery(&stage.api, &stage.acme, &beside).await;
    assert_ne!(mine["id"], theirs["id"]);
    assert_ne!(mine["subscription_id"], theirs["subscription_id"]);
    assert_eq!(mine["payload"], theirs["payload"]);
    let text = mine.to_string();
    assert!(!text.contains(URL) && !text.contains(&stage.secret));
}
