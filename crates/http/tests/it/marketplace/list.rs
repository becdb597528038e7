//! Order and pages.

use serde_json::{Value, json};

use super::{change, ids, list, publish};
use crate::support::Api;

#[actix_web::test]
async fn without_public_agents_it_is_empty() {
    let api = Api::start().await;
    let empty = json!({"data": [], "total": 0, "page": 1, "limit": 20});
    assert_eq!(list(&api, "").await, empty);
}

#[actix_web::test]
async fn the_last_published_comes_first() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let late = api.silent_agent(&acme, "late", &["agents:read"]).await;
    api.pass(1);
    let first = publish(&api, &acme, "first", json!({})).await;
    api.pass(1);
    let second = publish(&api, &acme, "second", json!({})).await;
    api.pass(1);
    change(&api, &acme, &late, json!({"isPublic": true})).await;
    let wanted = [&late.agent, &second.agent, &first.agent];
    assert_eq!(ids(&list(&api, "").await), wanted);
    // Neither a change nor a break moves an agent.
    api.pass(1);
    for public in [false, true] {
        change(&api, &acme, &first, json!({"isPublic": public})).await;
    }
    change(&api, &acme, &second, json!({"owner": "x"})).await;
    assert_eq!(ids(&list(&api, "").await), wanted);
}

#[actix_web::test]
async fn pages_do_not_overlap_even_when_times_are_equal() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut wanted = Vec::new();
    for index in 0..7 {
        let agent = publish(&api, &acme, &format!("a{index}"), json!({})).await;
        wanted.push(agent.agent);
    }
    wanted.sort_unstable();
    let mut seen = Vec::new();
    for number in 1..=4 {
        let page = list(&api, &format!("?limit=2&page={number}")).await;
        assert_eq!(
            (&page["total"], &page["page"], &page["limit"]),
            (&json!(7), &json!(number), &json!(2))
        );
        seen.extend(ids(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(seen, wanted, "equal times by id");
    for beyond in ["?limit=2&page=5", "?page=4294967295&limit=100"] {
        let page = list(&api, beyond).await;
        assert_eq!((&page["data"], &page["total"]), (&json!([]), &json!(7)));
    }
}

#[actix_web::test]
async fn the_total_counts_all_matches_and_no_other_agent() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for index in 0..3 {
        let red = json!({"owner": "red"});
        publish(&api, &acme, &format!("r{index}"), red).await;
        publish(&api, &acme, &format!("b{index}"), json!({})).await;
        let private = format!("p{index}");
        let private = api.silent_agent(&acme, &private, &["agents:read"]).await;
        change(&api, &acme, &private, json!({"owner": "red"})).await;
    }
    for (query, total) in [
        ("?limit=1", 6),
        ("?limit=1&publisher=red", 3),
        ("?limit=1&q=red", 3),
        ("?limit=1&page=4&publisher=red", 3),
        ("?limit=1&q=nothing", 0),
    ] {
        assert_eq!(list(&api, query).await["total"], total, "{query}");
    }
}

#[actix_web::test]
async fn the_total_is_no_less_than_what_is_shown() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for count in 1..=3 {
        publish(&api, &acme, &format!("a{count}"), json!({})).await;
        // A page that is full does not tell the total, one with room does.
        for query in [format!("?limit=1&page={count}"), String::new()] {
            assert_eq!(list(&api, &query).await["total"], count, "{query}");
        }
    }
}

#[actix_web::test]
async fn pages_have_the_wanted_size() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for index in 0..21 {
        publish(&api, &acme, &format!("a{index}"), json!({})).await;
    }
    let length = |page: &Value| ids(page).len();
    assert_eq!(length(&list(&api, "").await), 20);
    assert_eq!(length(&list(&api, "?page=2").await), 1);
    assert_eq!(length(&list(&api, "?limit=100").await), 21);
    assert_eq!(length(&list(&api, "?limit=1").await), 1);
}
