//! Client authentication, the same at all OAuth endpoints.

use actix_web::http::header::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::texts::CLIENT_FAILED;
use crate::support::{Answer, Api, Identity};

const PATHS: [&str; 6] = [
    "/api/v1/token",
    "/oauth2/token",
    "/api/v1/token/introspect",
    "/oauth2/introspect",
    "/api/v1/token/revoke",
    "/oauth2/revoke",
];

/// Good for all endpoints.
const FORM: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("token", "x")];

#[track_caller]
fn invalid_client(answer: &Answer) {
    let details = answer.oauth_refused(401, "invalid_client", "UNAUTHORIZED", CLIENT_FAILED);
    assert_eq!(details, Value::Null);
    let challenges = answer.headers("www-authenticate");
    assert_eq!(challenges, ["Bearer", "Basic realm=\"agentidp\""]);
}

fn basic(text: &[u8]) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

#[actix_web::test]
async fn both_ways_work_at_every_endpoint() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let (id, secret) = (acme.agent.as_str(), acme.secret.as_str());
    let full = [&FORM[..], &[("client_id", id), ("client_secret", secret)]].concat();
    let lower = format!("bAsIc  {}", STANDARD.encode(format!("{id}:{secret}")));
    let half_encoded = basic(format!("{}:{secret}", id.replace('-', "%2d")).as_bytes());
    for path in PATHS {
        api.post(path).form(&full).send().await.expect(200);
        api.post(path)
            .basic(id, secret)
            .form(&FORM)
            .send()
            .await
            .expect(200);
        api.post(path)
            .basic(id, secret)
            .form(&full)
            .send()
            .await
            .expect(200);
        api.post(path)
            .header("authorization", &lower)
            .form(&FORM)
            .send()
            .await
            .expect(200);
        api.post(path)
            .header("authorization", &half_encoded)
            .form(&FORM)
            .send()
            .await
            .expect(200);
    }
}

#[actix_web::test]
async fn no_or_half_authentication_fails_like_a_wrong_one() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for path in PATHS {
        invalid_client(&api.post(path).form(&FORM).send().await);
        let id = [&FORM[..], &[("client_id", acme.agent.as_str())]].concat();
        invalid_client(&api.post(path).form(&id).send().await);
        let secret = [&FORM[..], &[("client_secret", acme.secret.as_str())]].concat();
        invalid_client(&api.post(path).form(&secret).send().await);
        let no_colon = basic(acme.agent.as_bytes());
        let no_text = basic(b"\xff:\xff");
        let not_encoded = format!("Basic {}:{}", acme.agent, acme.secret);
        for header in [
            no_colon,
            no_text,
            not_encoded,
            "Basic ".to_owned(),
            "Digest x".to_owned(),
        ] {
            invalid_client(
                &api.post(path)
                    .header("authorization", &header)
                    .form(&FORM)
                    .send()
                    .await,
            );
        }
    }
    assert!(
        api.events(&acme, "auth.failed").await.is_empty(),
        "nobody was named"
    );
}

#[actix_web::test]
async fn header_and_body_must_not_differ() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let form = [
        &FORM[..],
        &[
            ("client_id", other.agent.as_str()),
            ("client_secret", other.secret.as_str()),
        ],
    ]
    .concat();
    for path in PATHS {
        let answer = api
            .post(path)
            .basic(&acme.agent, &acme.secret)
            .form(&form)
            .send()
            .await;
        let details = answer.oauth_refused(
            400,
            "invalid_request",
            "VALIDATION_ERROR",
            "client_id: Differs from the Authorization header. \
             client_secret: Differs from the Authorization header.",
        );
        assert_eq!(details["errors"].as_array().unwrap().len(), 2);
    }
}

fn comparable(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    let mut pairs: Vec<_> = headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
        .collect();
    pairs.sort();
    pairs
}

/// Clients that all fail, each in its own way, with the log and the reason.
async fn failing(api: &Api, acme: &Identity) -> Vec<(Identity, &'static str)> {
    let with = |secret: &str| Identity {
        secret: secret.to_owned(),
        ..acme.clone()
    };
    let agent = api.agent(acme, "a", &["agents:read"]).await;
    let revoked = api.agent(acme, "revoked", &["agents:read"]).await;
    api.set_status(acme, &revoked, "decommissioned")
        .await
        .expect(200);
    let selector = &acme.secret[..24];
    let no_uuid = Identity {
        agent: "admin' OR '1'='1".to_owned(),
        ..acme.clone()
    };
    let upper = with(&acme.secret.to_uppercase());
    vec![
        (with(&agent.secret), "invalid_secret"),
        (
            with(&format!("{selector}{}", "0".repeat(48))),
            "invalid_secret",
        ),
        (with("short"), "invalid_secret"),
        (with(&acme.secret[..71]), "invalid_secret"),
        (with(&format!("{}0", acme.secret)), "invalid_secret"),
        (upper, "invalid_secret"),
        (revoked, "invalid_secret"),
        (acme.stranger(), "agent_not_found"),
        (no_uuid, "agent_not_found"),
    ]
}

#[actix_web::test]
async fn all_failures_look_the_same_and_are_recorded_with_their_reason() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut first: Option<Answer> = None;
    for (client, reason) in failing(&api, &acme).await {
        let answer = api.login(&client).await;
        invalid_client(&answer);
        let like = first.get_or_insert_with(|| Answer {
            status: answer.status,
            headers: answer.headers.clone(),
            body: answer.body.clone(),
        });
        assert_eq!(like.body, answer.body, "{reason}");
        assert_eq!(
            comparable(&like.headers),
            comparable(&answer.headers),
            "{reason}"
        );
        let log = if reason == "invalid_secret" {
            &acme
        } else {
            &api.operator
        };
        let event = api.events(log, "auth.failed").await.pop().unwrap();
        assert_eq!(event["outcome"], "failure");
        assert_eq!(
            event["metadata"],
            json!({"reason": reason, "clientId": client.agent})
        );
        let nil = "00000000-0000-0000-0000-000000000000";
        let about = if client.agent.contains(' ') {
            nil
        } else {
            &client.agent
        };
        assert_eq!(event["agentId"], about);
    }
    assert_eq!(api.events(&acme, "auth.failed").await.len(), 7);
    assert_eq!(api.events(&api.operator, "auth.failed").await.len(), 2);
}

#[actix_web::test]
async fn failures_at_the_other_endpoints_are_recorded_too() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let long = "x".repeat(200);
    for (count, path) in PATHS.iter().skip(2).enumerate() {
        invalid_client(
            &api.post(path)
                .basic(&acme.agent, "wrong")
                .form(&FORM)
                .send()
                .await,
        );
        assert_eq!(api.events(&acme, "auth.failed").await.len(), count + 1);
        invalid_client(
            &api.post(path)
                .basic(&long, "wrong")
                .form(&FORM)
                .send()
                .await,
        );
        let event = api
            .events(&api.operator, "auth.failed")
            .await
            .pop()
            .unwrap();
        assert_eq!(event["metadata"]["clientId"], long[..128], "cut");
    }
}
