//! The hash chain, recomputed from the answers by the contract's own words.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Api, Identity, TENANT_SCOPES, registration};

/// RFC 8785 for what an event holds: members sorted, no white space.
fn canonical(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(",");
    match value {
        Value::Array(items) => format!("[{}]", list(items.iter().map(canonical).collect())),
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.encode_utf16().collect::<Vec<u16>>());
            let pair =
                |(name, value): (&String, &Value)| format!("{}:{}", json!(name), canonical(value));
            format!("{{{}}}", list(members.into_iter().map(pair).collect()))
        }
        other => other.to_string(),
    }
}

fn hash(event: &Map<String, Value>) -> String {
    let mut event = event.clone();
    event.remove("hash");
    assert_eq!(event.len(), 11);
    let mut digest = Sha256::new();
    digest.update([0]);
    digest.update(canonical(&Value::Object(event)));
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The whole log, oldest first.
async fn log(api: &Api, of: &Identity) -> Vec<Value> {
    let token = api.auditor(of);
    let mut page = api
        .get("/api/v1/audit?limit=100")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    let mut events = page["data"].take().as_array().unwrap().clone();
    events.reverse();
    events
}

#[track_caller]
fn assert_chained(events: &[Value]) {
    let mut previous = String::new();
    let mut time = "";
    for (event, sequence) in events.iter().zip(0..) {
        assert_eq!(event["sequence"], json!(sequence));
        assert_eq!(event["previousHash"], json!(previous));
        previous = hash(event.as_object().unwrap());
        assert_eq!(event["hash"], json!(previous));
        let timestamp = event["timestamp"].as_str().unwrap();
        assert!(timestamp >= time && timestamp.len() == 24 && timestamp.ends_with('Z'));
        time = timestamp;
    }
}

#[test]
fn the_recomputation_agrees_with_the_published_vector() {
    let event = json!({
        "eventId": "00000000-0000-4000-8000-0000000000e0",
        "organizationId": "22222222-2222-4222-8222-222222222222",
        "sequence": 0, "timestamp": "2026-01-15T10:00:00.000Z",
        "action": "agent.created", "outcome": "success",
        "agentId": "11111111-1111-4111-8111-111111111111",
        "ipAddress": "203.0.113.7", "userAgent": "curl/8.5.0",
        "metadata": {"owner": "talent-team", "agentType": "screener"},
        "previousHash": "",
    });
    let expected = "58d7b1a65a56faf970ae38b4916dcb43461f7dc132d8e46ac85e419967b54fa6";
    assert_eq!(hash(event.as_object().unwrap()), expected);
}

#[actix_web::test]
async fn every_hash_can_be_recomputed_from_the_answer() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, TENANT_SCOPES);
    let mut body = registration("a@acme.example");
    body["owner"] = json!("R\u{e9}sum\u{e9} \"team\" \\ \u{1f600}\u{fb33} </script> \u{2028}");
    let agent_header: &[u8] = b"bot \"x\" \\ \xff\xfe tab\there";
    let call = api.post("/api/v1/agents").bearer(&token).json(&body);
    let agent = call
        .header("user-agent", agent_header)
        .send()
        .await
        .expect(201);
    let path = format!("/api/v1/agents/{}", agent["agentId"].as_str().unwrap());
    let patch = json!({"status": "suspended", "owner": "x", "isPublic": true});
    api.patch(&path)
        .bearer(&token)
        .json(&patch)
        .from("2001:db8::1")
        .send()
        .await
        .expect(200);
    api.login(&acme).await.expect(200);
    api.login(&Identity {
        secret: "wrong".to_owned(),
        ..acme.clone()
    })
    .await
    .expect(401);
    let form = [("token", token.as_str())];
    api.post("/oauth2/introspect")
        .bearer(&token)
        .form(&form)
        .send()
        .await
        .expect(200);
    let (credential, _) = api.credential(&acme).await;
    let path = format!("{}/{credential}", acme.credentials());
    api.delete(&path).bearer(&token).send().await.no_content();
    api.pass(5);
    api.post("/oauth2/revoke")
        .bearer(&token)
        .form(&form)
        .send()
        .await
        .expect(200);
    let events = log(&api, &acme).await;
    assert_eq!(events.len(), 12);
    assert_chained(&events);
    let created = &events[4];
    assert_eq!(
        created["userAgent"],
        "bot \"x\" \\ \u{fffd}\u{fffd} tab\there"
    );
    assert_eq!(created["metadata"]["owner"], body["owner"]);
    assert_eq!(events[5]["ipAddress"], "2001:db8::1");
}

#[actix_web::test]
async fn concurrent_writers_leave_one_gapless_chain_per_organization() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let token = api.token(&acme, TENANT_SCOPES);
    for identity in [&acme, &other] {
        api.login(identity).await.expect(200);
    }
    let bodies: Vec<Value> = (0..10)
        .map(|n| registration(&format!("a{n}@acme.example")))
        .collect();
    let registrations = bodies
        .iter()
        .map(|body| api.post("/api/v1/agents").bearer(&token).json(body).send());
    let logins = (0..20).map(|n| api.login(if n % 2 == 0 { &acme } else { &other }));
    let (registrations, logins) = futures_util::future::join(
        futures_util::future::join_all(registrations),
        futures_util::future::join_all(logins),
    )
    .await;
    assert!(registrations.iter().all(|answer| answer.status == 201));
    assert!(logins.iter().all(|answer| answer.status == 200));
    for (of, expected) in [(&acme, 4 + 1 + 10 + 10), (&other, 4 + 1 + 10)] {
        let events = log(&api, of).await;
        assert_eq!(events.len(), expected);
        assert_chained(&events);
    }
}

#[actix_web::test]
async fn long_user_agents_are_cut_and_absent_ones_unknown() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, TENANT_SCOPES);
    let long = "\u{fc}".repeat(600);
    let cases = [
        (Some(long.as_str()), "\u{fc}".repeat(512)),
        (None, "unknown".to_owned()),
    ];
    for (sent, expected) in cases {
        let body = json!({"owner": "x"});
        let mut call = api.patch(&acme.path()).bearer(&token).json(&body);
        if let Some(sent) = sent {
            call = call.header("user-agent", sent);
        }
        call.send().await.expect(200);
        let event = api.events(&acme, "agent.updated").await.pop().unwrap();
        assert_eq!(event["userAgent"], json!(expected));
    }
    assert_chained(&log(&api, &acme).await);
}
