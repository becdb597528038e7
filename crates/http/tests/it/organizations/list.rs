//! Listing organizations.

use serde_json::{Value, json};

use crate::support::texts::INVALID_QUERY;
use crate::support::{Answer, Api};

async fn list(api: &Api, query: &str) -> Answer {
    let token = api.token(&api.operator, "admin:orgs");
    let path = format!("/api/v1/organizations{query}");
    api.get(&path).bearer(&token).send().await
}

fn slugs(page: &Value) -> Vec<&str> {
    let data = page["data"].as_array().unwrap();
    data.iter()
        .map(|organization| organization["slug"].as_str().unwrap())
        .collect()
}

#[actix_web::test]
async fn all_of_them_newest_first_in_pages() {
    let api = Api::start().await;
    for slug in ["one", "two", "three"] {
        api.pass(1);
        api.organization(slug).await;
    }
    let page = list(&api, "").await.expect(200);
    assert_eq!(slugs(&page), ["three", "two", "one", "system"]);
    assert_eq!(
        (&page["total"], &page["page"], &page["limit"]),
        (&json!(4), &json!(1), &json!(20))
    );
    assert!(
        page["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|entry| entry.get("admin").is_none())
    );
    let second = list(&api, "?limit=3&page=2").await.expect(200);
    assert_eq!(
        (slugs(&second), &second["total"]),
        (vec!["system"], &json!(4))
    );
    let beyond = list(&api, "?limit=3&page=3").await.expect(200);
    assert_eq!((&beyond["data"], &beyond["total"]), (&json!([]), &json!(4)));
}

#[actix_web::test]
async fn the_state_filters() {
    let api = Api::start().await;
    let (one, two) = (api.organization("one").await, api.organization("two").await);
    api.organization("three").await;
    api.set_organization(&one, &json!({"status": "suspended"}))
        .await
        .expect(200);
    let token = api.token(&api.operator, "admin:orgs");
    api.delete(&two.organization_path())
        .bearer(&token)
        .send()
        .await
        .no_content();
    for (status, expected) in [("suspended", vec!["one"]), ("deleted", vec!["two"])] {
        let page = list(&api, &format!("?status={status}")).await.expect(200);
        assert_eq!((slugs(&page), &page["total"]), (expected, &json!(1)));
    }
    let mut active = list(&api, "?status=active").await.expect(200);
    let mut names = slugs(&active);
    names.sort_unstable();
    assert_eq!(names, ["system", "three"]);
    assert_eq!(active["total"].take(), 2);
    assert_eq!(
        list(&api, "").await.expect(200)["total"],
        4,
        "deleted ones included"
    );
}

#[actix_web::test]
async fn bad_query_values_are_named_together() {
    let api = Api::start().await;
    let answer = list(&api, "?page=0&limit=0&status=gone").await;
    let details = answer.invalid(INVALID_QUERY, &["page", "limit", "status"]);
    let reason = "Must be one of: active, suspended, deleted.";
    assert_eq!(details["errors"][2]["reason"], reason);
}
