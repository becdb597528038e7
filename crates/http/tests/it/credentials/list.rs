//! Listing credentials.

use serde_json::{Value, json};

use crate::support::texts::INVALID_QUERY;
use crate::support::{Answer, Api, Identity};

async fn list(api: &Api, agent: &Identity, query: &str) -> Answer {
    let token = api.token(agent, "openid");
    let path = format!("{}{query}", agent.credentials());
    api.get(&path).bearer(&token).send().await
}

fn ids(page: &Value) -> Vec<String> {
    let data = page["data"].as_array().unwrap();
    data.iter()
        .map(|c| c["credentialId"].as_str().unwrap().to_owned())
        .collect()
}

#[actix_web::test]
async fn newest_first_in_pages_and_never_with_secrets() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.insert(0, api.credential(&agent).await.0);
        api.pass(1);
    }
    let before = api.event_count(&acme).await;
    let page = list(&api, &agent, "").await.expect(200);
    assert_eq!(ids(&page), made);
    assert_eq!(
        (&page["total"], &page["page"], &page["limit"]),
        (&json!(3), &json!(1), &json!(20))
    );
    let mut members: Vec<&String> = page["data"][0].as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(
        members,
        [
            "clientId",
            "createdAt",
            "credentialId",
            "expiresAt",
            "revokedAt",
            "status"
        ]
    );
    let second = list(&api, &agent, "?page=2&limit=2").await.expect(200);
    assert_eq!(ids(&second), made[2..]);
    assert_eq!(
        (&second["total"], &second["page"], &second["limit"]),
        (&json!(3), &json!(2), &json!(2))
    );
    let beyond = list(&api, &agent, "?page=9").await.expect(200);
    assert_eq!((&beyond["data"], &beyond["total"]), (&json!([]), &json!(3)));
    assert_eq!(
        api.event_count(&acme).await,
        before,
        "listing is not audited"
    );
}

#[actix_web::test]
async fn the_state_filters() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let (first, _) = api.credential(&agent).await;
    let (second, _) = api.credential(&agent).await;
    let token = api.token(&agent, "openid");
    let path = format!("{}/{first}", agent.credentials());
    api.delete(&path).bearer(&token).send().await.no_content();
    let active = list(&api, &agent, "?status=active").await.expect(200);
    assert_eq!((ids(&active), &active["total"]), (vec![second], &json!(1)));
    let revoked = list(&api, &agent, "?status=revoked").await.expect(200);
    assert_eq!((ids(&revoked), &revoked["total"]), (vec![first], &json!(1)));
    assert_eq!(
        revoked["data"][0]["revokedAt"],
        json!(api.world.ports.now())
    );
}

#[actix_web::test]
async fn bad_query_values_are_named_together() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let answer = list(&api, &acme, "?page=0&limit=101&status=expired&nonsense=1").await;
    let details = answer.invalid(INVALID_QUERY, &["page", "limit", "status"]);
    assert_eq!(details["errors"][1]["reason"], "Must be between 1 and 100.");
    assert_eq!(
        details["errors"][2]["reason"],
        "Must be one of: active, revoked."
    );
}
