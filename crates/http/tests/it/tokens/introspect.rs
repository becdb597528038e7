//! Introspection (RFC 7662).

use agentidp_domain::token::TokenType;
use serde_json::{Value, json};

use super::parts;
use crate::support::texts::{
    SCOPE_MISSING, TOKEN_EXPIRED, TOKEN_FIELD, TOKEN_FORGED, TOKEN_REVOKED,
};
use crate::support::{Answer, Api, TENANT_SCOPES};

const PATHS: [&str; 2] = ["/api/v1/token/introspect", "/oauth2/introspect"];

async fn ask(api: &Api, path: &str, caller: &str, token: &str) -> Answer {
    let form = [("token", token), ("token_type_hint", "whatever")];
    api.post(path).bearer(caller).form(&form).send().await
}

#[track_caller]
fn inactive(answer: &Answer) {
    assert_eq!(answer.expect(200), json!({"active": false}));
    answer.not_cached();
}

#[actix_web::test]
async fn an_active_token_is_described_completely() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read", "audit:read"]).await;
    let token = api.issued(&agent, "agents:read audit:read").await;
    let mut expected = parts(&token).1;
    expected["active"] = json!(true);
    expected["token_type"] = json!("Bearer");
    let reader = api.token(&acme, "tokens:read");
    for path in PATHS {
        let answers = [
            ask(&api, path, &reader, &token).await,
            ask(&api, path, &token, &token).await,
            api.post(path)
                .bearer(&reader)
                .json(&json!({"token": token}))
                .send()
                .await,
            api.post(path)
                .basic(&acme.agent, &acme.secret)
                .form(&[("token", &token)])
                .send()
                .await,
        ];
        for answer in answers {
            assert_eq!(answer.expect(200), expected);
            answer.not_cached();
        }
    }
}

#[actix_web::test]
async fn it_is_recorded_for_the_caller_with_its_result() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    let token = api.token(&agent, "agents:read");
    ask(&api, PATHS[0], &token, &token).await.expect(200);
    let form = [("token", "garbage")];
    api.post(PATHS[1])
        .basic(&acme.agent, &acme.secret)
        .form(&form)
        .send()
        .await
        .expect(200);
    let events = api.events(&acme, "token.introspected").await;
    let seen: Vec<_> = events
        .iter()
        .map(|event| (&event["agentId"], &event["metadata"]))
        .collect();
    let expected = [
        (&json!(agent.agent), &json!({"active": true})),
        (&json!(acme.agent), &json!({"active": false})),
    ];
    assert_eq!(seen, expected);
}

#[actix_web::test]
async fn everything_that_the_api_would_refuse_is_just_inactive() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    let reader = api.token(&acme, "tokens:read");
    let revoked = api.token(&agent, "agents:read");
    let form = [("token", revoked.as_str())];
    api.post("/oauth2/revoke")
        .bearer(&revoked)
        .form(&form)
        .send()
        .await
        .expect(200);
    let mut expired = api.claims(&agent, "agents:read");
    expired["exp"] = json!(api.now());
    let mut homeless = api.claims(&agent, "agents:read");
    homeless.as_object_mut().unwrap().remove("organization_id");
    let mut foreign = api.claims(&agent, "agents:read");
    foreign["iss"] = json!("https://elsewhere.example");
    let sign = |claims: &Value| api.sign(TokenType::AccessToken, claims);
    let tokens = [
        "garbage".to_owned(),
        "a.b.c".to_owned(),
        revoked,
        sign(&expired),
        sign(&homeless),
        sign(&foreign),
        api.sign(TokenType::IdToken, &api.claims(&agent, "agents:read")),
    ];
    for token in tokens {
        inactive(&ask(&api, PATHS[0], &reader, &token).await);
    }
    let ended = api.token(&agent, "agents:read");
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    inactive(&ask(&api, PATHS[0], &reader, &ended).await);
}

#[actix_web::test]
async fn a_token_of_another_organization_is_inactive_except_for_the_platform() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let token = api.token(&acme, "agents:read");
    let foreign = api.token(&other, TENANT_SCOPES);
    inactive(&ask(&api, PATHS[0], &foreign, &token).await);
    let form = [("token", token.as_str())];
    let client = api
        .post(PATHS[0])
        .basic(&other.agent, &other.secret)
        .form(&form);
    inactive(&client.send().await);

    let operator = api.operator.clone();
    let plain = api.token(&operator, "tokens:read");
    inactive(&ask(&api, PATHS[0], &plain, &token).await);
    let platform = api.token(&operator, "tokens:read admin:orgs");
    assert_eq!(
        ask(&api, PATHS[0], &platform, &token).await.expect(200)["active"],
        true
    );
    let client = api
        .post(PATHS[0])
        .basic(&operator.agent, &operator.secret)
        .form(&form);
    assert_eq!(client.send().await.expect(200)["active"], true);
}

#[actix_web::test]
async fn others_tokens_take_the_scope_and_ones_own_do_not() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let caller = api.token(&agent, "openid");
    let own = api.token(&agent, "agents:read");
    let others = api.token(&acme, "agents:read");
    for path in PATHS {
        assert_eq!(
            ask(&api, path, &caller, &own).await.expect(200)["active"],
            true
        );
        let mut forged = own.clone();
        forged.truncate(own.len() - 4);
        for token in [others.as_str(), "garbage", &forged] {
            let answer = ask(&api, path, &caller, token).await;
            let details =
                answer.oauth_refused(403, "insufficient_scope", "FORBIDDEN", SCOPE_MISSING);
            assert_eq!(details, json!({"requiredScopes": ["tokens:read"]}));
            let challenge = "Bearer error=\"insufficient_scope\", scope=\"tokens:read\"";
            assert_eq!(answer.headers("www-authenticate"), [challenge]);
        }
    }
    // An own token that has expired is validly signed and its own.
    let mut expired = api.claims(&agent, "agents:read");
    expired["exp"] = json!(api.now() - 1);
    let expired = api.sign(TokenType::AccessToken, &expired);
    inactive(&ask(&api, PATHS[0], &caller, &expired).await);
}

#[actix_web::test]
async fn the_callers_own_token_is_checked_first() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let good = api.token(&acme, "tokens:read");
    let mut expired = api.claims(&acme, "tokens:read");
    expired["exp"] = json!(api.now());
    let expired = api.sign(TokenType::AccessToken, &expired);
    let agent = api.silent_agent(&acme, "a", &["tokens:read"]).await;
    let revoked = api.token(&agent, "tokens:read");
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    let cases = [
        ("garbage", TOKEN_FORGED),
        (expired.as_str(), TOKEN_EXPIRED),
        (revoked.as_str(), TOKEN_REVOKED),
    ];
    for (caller, message) in cases {
        for path in [
            "/api/v1/token/introspect",
            "/oauth2/introspect",
            "/api/v1/token/revoke",
            "/oauth2/revoke",
        ] {
            let answer = ask(&api, path, caller, &good).await;
            answer.oauth_refused(401, "invalid_token", "UNAUTHORIZED", message);
            let challenges = answer.headers("www-authenticate");
            assert_eq!(
                challenges,
                ["Bearer error=\"invalid_token\"", "Basic realm=\"agentidp\""]
            );
        }
    }
    assert_eq!(
        ask(&api, PATHS[0], &good, &good).await.expect(200)["active"],
        true
    );
}

#[actix_web::test]
async fn the_token_is_required_and_at_most_16_kib() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let caller = api.token(&acme, "tokens:read");
    for path in [PATHS[0], PATHS[1], "/api/v1/token/revoke", "/oauth2/revoke"] {
        let refused = |answer: Answer, message: &str| {
            answer.oauth_refused(400, "invalid_request", "VALIDATION_ERROR", message);
        };
        for form in [
            &[][..],
            &[("token", "")],
            &[("token_type_hint", "access_token")],
        ] {
            refused(
                api.post(path).bearer(&caller).form(form).send().await,
                TOKEN_FIELD,
            );
            let client = api.post(path).basic(&acme.agent, &acme.secret).form(form);
            refused(client.send().await, TOKEN_FIELD);
        }
        refused(api.post(path).bearer(&caller).send().await, TOKEN_FIELD);
        let twice = api
            .post(path)
            .bearer(&caller)
            .form(&[("token", "a"), ("token", "b")]);
        refused(twice.send().await, "token: Must not be repeated.");
        let longest = "x".repeat(16 * 1024);
        api.post(path)
            .bearer(&caller)
            .form(&[("token", &longest)])
            .send()
            .await
            .expect(200);
        let longer = format!("{longest}x");
        let answer = api
            .post(path)
            .bearer(&caller)
            .form(&[("token", &longer)])
            .send()
            .await;
        refused(answer, "token: Must have at most 16384 bytes.");
        let body = json!({"token": ["x"]});
        let answer = api.post(path).bearer(&caller).json(&body).send().await;
        refused(answer, "token: Must be a string.");
    }
}
