//! Getting and listing agents.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::texts::{INVALID_QUERY, NO_AGENT};
use crate::support::{Answer, Api, Identity, OPERATOR_SCOPES, TENANT_SCOPES, registration};

async fn list(api: &Api, by: &Identity, query: &str) -> Answer {
    let token = api.token(by, "agents:read");
    let path = format!("/api/v1/agents{query}");
    api.get(&path).bearer(&token).send().await
}

fn names(page: &Value) -> Vec<&str> {
    let data = page["data"].as_array().unwrap();
    data.iter()
        .map(|agent| agent["email"].as_str().unwrap().split('@').next().unwrap())
        .collect()
}

#[actix_web::test]
async fn an_agent_is_read_by_its_id() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let token = api.token(&agent, "agents:read");
    let body = api
        .get(&agent.path())
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(body["agentId"], json!(agent.agent));
    api.set_status(&acme, &agent, "decommissioned")
        .await
        .expect(200);
    let token = api.token(&acme, "agents:read");
    let body = api
        .get(&agent.path())
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(body["status"], "decommissioned");
}

#[actix_web::test]
async fn unknown_and_malformed_ids_are_not_found_and_foreign_ones_denied() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let token = api.token(&acme, TENANT_SCOPES);
    let upper = acme.agent.to_uppercase();
    let simple = acme.agent.replace('-', "");
    for id in [
        Uuid::new_v4().to_string().as_str(),
        "x",
        "42",
        simple.as_str(),
        "a%20b",
    ] {
        let path = format!("/api/v1/agents/{id}");
        let answer = api.get(&path).bearer(&token).send().await;
        assert_eq!(
            answer.refused(404, "AGENT_NOT_FOUND", NO_AGENT),
            Value::Null
        );
    }
    api.get(&other.path()).bearer(&token).send().await.denied();
    let operator = api.token(&api.operator, OPERATOR_SCOPES);
    api.get(&other.path())
        .bearer(&operator)
        .send()
        .await
        .denied();
    // The text of a UUID may be of either case (RFC 9562 §4).
    let path = format!("/api/v1/agents/{upper}");
    let body = api.get(&path).bearer(&token).send().await.expect(200);
    assert_eq!(body["agentId"], json!(acme.agent));
}

#[actix_web::test]
async fn the_list_is_the_callers_organization_newest_first() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    api.silent_agent(&other, "foreign", &["agents:read"]).await;
    for name in ["one", "two", "three"] {
        api.pass(1);
        api.silent_agent(&acme, name, &["agents:read"]).await;
    }
    let before = api.event_count(&acme).await;
    let queries = [
        String::new(),
        format!("?organizationId={}", other.organization),
        "?page=1&limit=20&nonsense=1&nonsense=2".to_owned(),
    ];
    for query in queries {
        let page = list(&api, &acme, &query).await.expect(200);
        assert_eq!(names(&page), ["three", "two", "one", "admin"], "{query}");
        assert_eq!(
            (&page["total"], &page["page"], &page["limit"]),
            (&json!(4), &json!(1), &json!(20))
        );
        assert_eq!(page.as_object().unwrap().len(), 4);
    }
    assert_eq!(
        api.event_count(&acme).await,
        before,
        "reading is not audited"
    );
}

#[actix_web::test]
async fn pages_do_not_overlap_even_when_times_are_equal() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for index in 0..6 {
        api.silent_agent(&acme, &format!("a{index}"), &["agents:read"])
            .await;
    }
    let mut ids = Vec::new();
    for page in 1..=4 {
        let body = list(&api, &acme, &format!("?limit=2&page={page}"))
            .await
            .expect(200);
        assert_eq!(
            (&body["total"], &body["page"], &body["limit"]),
            (&json!(7), &json!(page), &json!(2))
        );
        let data = body["data"].as_array().unwrap();
        ids.extend(
            data.iter()
                .map(|agent| agent["agentId"].as_str().unwrap().to_owned()),
        );
    }
    let mut expected = ids.clone();
    expected.sort_by(|a, b| b.cmp(a));
    expected.dedup();
    assert_eq!(ids, expected, "equal times by id, descending");
    assert_eq!(ids.len(), 7);
    for beyond in ["?limit=2&page=5", "?page=4294967295&limit=100"] {
        let body = list(&api, &acme, beyond).await.expect(200);
        assert_eq!((&body["data"], &body["total"]), (&json!([]), &json!(7)));
    }
}

#[actix_web::test]
async fn filters_narrow_and_combine() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let token = api.token(&acme, TENANT_SCOPES);
    let agents = [
        ("a", "red", "router"),
        ("b", "red", "monitor"),
        ("c", "it's 100% R&D", "router"),
    ];
    for (name, owner, agent_type) in agents {
        let mut body = registration(&format!("{name}@acme.example"));
        body["owner"] = json!(owner);
        body["agentType"] = json!(agent_type);
        api.post("/api/v1/agents")
            .bearer(&token)
            .json(&body)
            .send()
            .await
            .expect(201);
        api.pass(1);
    }
    let first = list(&api, &acme, "?limit=1").await.expect(200)["data"][0].clone();
    let third = Identity {
        agent: first["agentId"].as_str().unwrap().to_owned(),
        ..acme.clone()
    };
    api.set_status(&acme, &third, "suspended").await.expect(200);
    let expectations = [
        ("?owner=red", vec!["b", "a"]),
        ("?owner=re", vec![]),
        ("?owner=it%27s+100%25+R%26D", vec!["c"]),
        ("?owner=x%27%20OR%20%271%27%3D%271", vec![]),
        ("?agentType=router", vec!["c", "a"]),
        ("?owner=red&agentType=router", vec!["a"]),
        ("?status=suspended", vec!["c"]),
        ("?status=active&agentType=router", vec!["a"]),
        ("?status=decommissioned", vec![]),
    ];
    for (query, expected) in expectations {
        let page = list(&api, &acme, query).await.expect(200);
        assert_eq!(names(&page), expected, "{query}");
        assert_eq!(page["total"], json!(expected.len()), "{query}");
        assert_eq!(
            names(&list(&api, &other, query).await.expect(200)).len(),
            usize::from(query == "?status=active")
        );
    }
}

#[actix_web::test]
async fn bad_query_values_are_named_together() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let range = "Must be between 1 and 100.";
    let cases = [
        ("page=0", "page", "Must be at least 1."),
        ("page=-1", "page", "Must be an integer of at least 1."),
        ("page=", "page", "Must be an integer of at least 1."),
        ("page=1.5", "page", "Must be an integer of at least 1."),
        (
            "page=99999999999",
            "page",
            "Must be an integer of at least 1.",
        ),
        ("limit=0", "limit", range),
        ("limit=101", "limit", range),
        ("limit=ten", "limit", range),
        ("limit=1&limit=2", "limit", "Must not be repeated."),
        (
            "status=gone",
            "status",
            "Must be one of: active, suspended, decommissioned.",
        ),
        ("owner=%ff", "owner", "Must be valid UTF-8."),
        (
            "owner=a%00",
            "owner",
            "Must not contain the character U+0000.",
        ),
    ];
    for (query, field, reason) in cases {
        let answer = list(&api, &acme, &format!("?{query}")).await;
        assert_eq!(
            answer.invalid(INVALID_QUERY, &[field])["reason"],
            reason,
            "{query}"
        );
    }
    let answer = list(&api, &acme, "?page=x&limit=x&agentType=x&status=x").await;
    answer.invalid(INVALID_QUERY, &["page", "limit", "agentType", "status"]);
}
