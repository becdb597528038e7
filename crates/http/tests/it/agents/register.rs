//! Registration: what is accepted, what is refused, what it leaves behind.

use serde_json::{Value, json};

use crate::support::texts::{EMAIL_TAKEN, INVALID_BODY, MEDIA_TYPE, TOKEN_REQUIRED, TOO_LARGE};
use crate::support::{Answer, Api, Identity, TENANT_SCOPES, registration};

const PATH: &str = "/api/v1/agents";

async fn register(api: &Api, by: &Identity, body: &Value) -> Answer {
    let token = api.token(by, TENANT_SCOPES);
    api.post(PATH).bearer(&token).json(body).send().await
}

fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap();
    text.len() == "2026-03-28T09:00:00.000Z".len() && text.ends_with('Z') && text.contains('.')
}

#[actix_web::test]
async fn the_answer_is_the_whole_record() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut agent = register(&api, &acme, &registration("screener-001@acme.example"))
        .await
        .expect(201);
    let members = agent.as_object_mut().unwrap();
    let id = members.remove("agentId").unwrap();
    let id: uuid::Uuid = id.as_str().unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 4);
    let (created, updated) = (members.remove("createdAt"), members.remove("updatedAt"));
    assert_eq!(created, updated);
    assert_eq!(members.remove("didCreatedAt"), created);
    assert!(is_time(&created.unwrap()));
    assert_eq!(
        agent,
        json!({
            "organizationId": acme.organization,
            "email": "screener-001@acme.example",
            "agentType": "screener",
            "version": "1.4.2",
            "capabilities": ["resume:read"],
            "owner": "talent-team",
            "deploymentEnv": "production",
            "status": "active",
            "allowedScopes": ["agents:read"],
            "isPublic": false,
            "did": format!("did:web:localhost%3A3000:agents:{id}"),
        })
    );
}

#[actix_web::test]
async fn a_public_agent_is_published_at_once() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut body = registration("a@acme.example");
    body["isPublic"] = json!(true);
    let agent = register(&api, &acme, &body).await.expect(201);
    assert_eq!(agent["isPublic"], true);
    assert_eq!(agent["publishedAt"], agent["createdAt"]);
}

#[actix_web::test]
async fn the_organization_is_the_callers_whatever_the_body_says() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    for (index, value) in [json!(other.organization), json!(7), json!(null)]
        .iter()
        .enumerate()
    {
        let mut body = registration(&format!("a{index}@acme.example"));
        body["organizationId"] = value.clone();
        let agent = register(&api, &acme, &body).await.expect(201);
        assert_eq!(agent["organizationId"], json!(acme.organization));
    }
}

#[actix_web::test]
async fn every_bad_field_is_named_in_one_answer() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let body = json!({
        "email": "nobody",
        "agentType": "spy",
        "version": "one",
        "capabilities": ["a", "a"],
        "owner": "",
        "deploymentEnv": "moon",
        "allowedScopes": ["root"],
        "isPublic": "yes",
        "status": "active",
        "agentId": "x",
    });
    let details = register(&api, &acme, &body).await.invalid(
        INVALID_BODY,
        &[
            "email",
            "agentType",
            "version",
            "capabilities",
            "owner",
            "deploymentEnv",
            "allowedScopes",
            "isPublic",
            "agentId",
            "status",
        ],
    );
    let reasons: Vec<&Value> = details["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["reason"])
        .collect();
    assert_eq!(
        reasons[0],
        "Must be a valid e-mail address of at most 254 characters."
    );
    assert_eq!(
        reasons[5],
        "Must be one of: development, staging, production."
    );
    assert_eq!(reasons[9], "This field is not known.");
}

#[actix_web::test]
async fn every_required_field_is_asked_for() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let fields = [
        "email",
        "agentType",
        "version",
        "capabilities",
        "owner",
        "deploymentEnv",
    ];
    let details = register(&api, &acme, &json!({}))
        .await
        .invalid(INVALID_BODY, &fields);
    assert_eq!(details["reason"], "This field is required.");
    let token = api.token(&acme, "agents:write");
    api.post(PATH)
        .bearer(&token)
        .send()
        .await
        .invalid(INVALID_BODY, &fields);
    for field in fields {
        let mut body = registration("a@acme.example");
        body.as_object_mut().unwrap().remove(field);
        register(&api, &acme, &body)
            .await
            .invalid(INVALID_BODY, &[field]);
    }
}

#[actix_web::test]
async fn each_field_has_its_own_rules() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let bad = [
        ("email", json!(format!("{}@acme.example", "a".repeat(250)))),
        ("email", json!("a b@acme.example")),
        ("email", json!(["a@acme.example"])),
        ("email", json!(null)),
        ("agentType", json!("Screener")),
        ("version", json!("1")),
        ("version", json!(1.4)),
        ("version", json!(format!("1.0.{}", "0".repeat(64)))),
        ("capabilities", json!("resume:read")),
        ("capabilities", json!(["a:b:c"])),
        ("capabilities", json!(["a", 1])),
        ("capabilities", json!(vec!["x"; 101])),
        ("capabilities", json!(["y".repeat(129)])),
        ("owner", json!("o".repeat(129))),
        ("owner", json!("a\u{0}b")),
        ("owner", json!("line\nbreak")),
        ("deploymentEnv", json!("")),
        ("allowedScopes", json!([])),
        ("allowedScopes", json!(["agents:read", "agents:read"])),
        ("allowedScopes", json!("agents:read")),
        ("allowedScopes", json!(null)),
        ("isPublic", json!(1)),
    ];
    for (field, value) in bad {
        let mut body = registration("a@acme.example");
        body[field] = value;
        register(&api, &acme, &body)
            .await
            .invalid(INVALID_BODY, &[field]);
    }
    let mut body = registration("A.b+c@acme.example");
    body["version"] = json!("v2.0-rc.1+b.7");
    body["capabilities"] = json!([]);
    body["owner"] = json!("x'); DROP TABLE agents; --");
    let agent = register(&api, &acme, &body).await.expect(201);
    for field in ["email", "version", "capabilities", "owner"] {
        assert_eq!(agent[field], body[field]);
    }
}

#[actix_web::test]
async fn bodies_are_small_json_objects() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "agents:write");
    let send = |media_type: &'static str, body: Vec<u8>| {
        api.post(PATH).bearer(&token).raw(media_type, body).send()
    };
    for bad in [
        &b"{"[..],
        b"[]",
        b"null",
        b"\xff",
        b"{\"email\": \"\xff\"}",
        b"{} {}",
    ] {
        let details = send("application/json", bad.to_vec())
            .await
            .invalid(INVALID_BODY, &["body"]);
        let reason = if matches!(bad, b"[]" | b"null") {
            "object"
        } else {
            "valid JSON"
        };
        assert!(
            details["reason"].as_str().unwrap().contains(reason),
            "{details}"
        );
    }
    let good = registration("a@acme.example").to_string().into_bytes();
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
    ] {
        let answer = send(media_type, good.clone()).await;
        answer.refused(415, "UNSUPPORTED_MEDIA_TYPE", MEDIA_TYPE);
    }
    let untyped = api
        .post(PATH)
        .bearer(&token)
        .bytes(good.clone())
        .send()
        .await;
    untyped.refused(415, "UNSUPPORTED_MEDIA_TYPE", MEDIA_TYPE);
    let mut padded = good.clone();
    padded.resize(100 * 1024 + 1, b' ');
    let large = send("application/json", padded.clone()).await;
    large.refused(413, "PAYLOAD_TOO_LARGE", TOO_LARGE);
    padded.truncate(100 * 1024);
    send("application/json; charset=utf-8", padded)
        .await
        .expect(201);
}

#[actix_web::test]
async fn authentication_comes_before_scope_and_scope_before_the_body() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let anonymous = api.post(PATH).raw("text/plain", "{").send().await;
    anonymous.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    assert_eq!(anonymous.header("www-authenticate"), Some("Bearer"));
    let reader = api.token(&acme, "agents:read");
    let answer = api
        .post(PATH)
        .bearer(&reader)
        .raw("text/plain", "{")
        .send()
        .await;
    answer.scope_missing("agents:write");
}

#[actix_web::test]
async fn addresses_are_unique_without_regard_to_case_and_for_ever() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let first = api.silent_agent(&acme, "taken", &["agents:read"]).await;
    let address = format!("TAKEN@{}.Example", &acme.organization[..8]);
    let refused = |by: Identity| {
        let (api, address) = (&api, address.clone());
        async move {
            let answer = register(api, &by, &registration(&address)).await;
            let details = answer.refused(409, "AGENT_ALREADY_EXISTS", EMAIL_TAKEN);
            assert_eq!(details, json!({"email": address}));
        }
    };
    refused(acme.clone()).await;
    refused(other).await;
    let token = api.token(&acme, TENANT_SCOPES);
    api.delete(&first.path())
        .bearer(&token)
        .send()
        .await
        .no_content();
    refused(acme).await;
}

#[actix_web::test]
async fn a_registration_leaves_one_event_and_no_credential() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let clerk = api
        .silent_agent(&acme, "clerk", &["agents:read", "agents:write"])
        .await;
    let before = api.event_count(&acme).await;
    let token = api.token(&clerk, "agents:read agents:write");
    let body = registration("new@acme.example");
    let call = api
        .post(PATH)
        .bearer(&token)
        .json(&body)
        .header("user-agent", "b\u{fc}\u{ff}/1");
    let agent = call.from("198.51.100.4").send().await.expect(201);
    assert_eq!(api.event_count(&acme).await, before + 1);
    let event = api.events(&acme, "agent.created").await.pop().unwrap();
    assert_eq!(event["agentId"], agent["agentId"]);
    assert_eq!(event["outcome"], "success");
    assert_eq!(event["ipAddress"], "198.51.100.4");
    assert_eq!(event["userAgent"], "b\u{fc}\u{ff}/1");
    assert_eq!(
        event["metadata"],
        json!({"agentType": "screener", "owner": "talent-team", "actorAgentId": clerk.agent})
    );
    let path = format!("{PATH}/{}/credentials", agent["agentId"].as_str().unwrap());
    let list = api.get(&path).bearer(&token).send().await.expect(200);
    assert_eq!(
        list,
        json!({"data": [], "total": 0, "page": 1, "limit": 20})
    );
}
