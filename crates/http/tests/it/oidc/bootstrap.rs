//! Bootstrap tokens by their claims: what makes one, and how it is described,
//! limited and ended like any other token. Where they come from is tested with
//! the workload exchange.

use agentidp_domain::token::TokenType;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::texts::{DENIED, TOKEN_EXPIRED, TOKEN_REQUIRED, TOKEN_REVOKED};
use crate::support::{Answer, Api, Identity, Setup, TENANT_SCOPES, registration};
use crate::tokens::parts;

const AGENTS: &str = "/api/v1/agents";
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

fn sign(api: &Api, claims: &Value) -> String {
    api.sign(TokenType::AccessToken, claims)
}

/// A token of a policy of this organization.
fn token(api: &Api, of: &Identity) -> String {
    sign(api, &api.bootstrap_claims(&of.organization, "agents:write"))
}

async fn register(api: &Api, token: &str, name: &str) -> Answer {
    let body = registration(&format!("{name}@workload.example"));
    api.post(AGENTS).bearer(token).json(&body).send().await
}

#[track_caller]
fn refused(answer: &Answer, message: &str) {
    answer.refused(401, "UNAUTHORIZED", message);
    let challenge = "Bearer error=\"invalid_token\"";
    assert_eq!(answer.header("www-authenticate"), Some(challenge));
}

async fn start() -> (Api, Identity) {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    (api, acme)
}

#[actix_web::test]
async fn a_registered_agent_has_everything_and_its_maker_in_the_log() {
    let (api, acme) = start().await;
    let token = token(&api, &acme);
    let mut body = registration("a@workload.example");
    // As in every registration, the body does not choose the organization.
    body["organizationId"] = json!(Identity::SYSTEM);
    let call = api.post(AGENTS).bearer(&token).json(&body);
    let agent = call.send().await.expect(201);
    let id = agent["agentId"].as_str().unwrap();
    assert_eq!(agent["organizationId"], json!(acme.organization));
    assert_eq!(agent["allowedScopes"], json!(["agents:read"]));
    assert_eq!(
        agent["did"],
        json!(format!("did:web:localhost%3A3000:agents:{id}"))
    );
    let event = api.events(&acme, "agent.created").await.pop().unwrap();
    assert_eq!(event["agentId"], agent["agentId"]);
    assert_eq!(
        event["metadata"],
        json!({
            "agentType": "screener",
            "owner": "talent-team",
            "actorAgentId": parts(&token).1["sub"],
        })
    );
}

#[actix_web::test]
async fn no_other_combination_of_claims_is_one() {
    let (api, acme) = start().await;
    let good = api.bootstrap_claims(&acme.organization, "agents:write");
    let policy = good["sub"].clone();
    let other = json!(format!("trust-policy:{}", Uuid::new_v4()));
    let agent = json!(acme.agent);
    let bootstrap = json!("bootstrap");
    let cases = [
        // An agent that says it is none, and a policy that does not say so.
        (&agent, &agent, &bootstrap),
        (&policy, &policy, &Value::Null),
        // Other words, other types.
        (&policy, &policy, &json!("access")),
        (&policy, &policy, &json!("Bootstrap")),
        (&policy, &policy, &json!("")),
        (&policy, &policy, &json!(true)),
        (&policy, &policy, &json!(["bootstrap"])),
        (&agent, &agent, &json!("access")),
        // Somebody else as client.
        (&policy, &other, &bootstrap),
        (&policy, &agent, &bootstrap),
        (&agent, &policy, &bootstrap),
        (&agent, &policy, &Value::Null),
        // No policy.
        (&json!("trust-policy:"), &json!("trust-policy:"), &bootstrap),
        (
            &json!("trust-policy:x"),
            &json!("trust-policy:x"),
            &bootstrap,
        ),
    ];
    for (subject, client, usage) in cases {
        let mut claims = good.clone();
        claims["sub"] = subject.clone();
        claims["client_id"] = client.clone();
        claims["token_use"] = usage.clone();
        if usage.is_null() {
            claims.as_object_mut().unwrap().remove("token_use");
        }
        let token = sign(&api, &claims);
        refused(&register(&api, &token, "a").await, TOKEN_REQUIRED);
        let path = acme.path();
        let read = api.get(&path).bearer(&token).send().await;
        refused(&read, TOKEN_REQUIRED);
    }
    register(&api, &sign(&api, &good), "a").await.expect(201);
}

#[actix_web::test]
async fn it_needs_the_scope_and_the_organization() {
    let (api, acme) = start().await;
    let claims = api.bootstrap_claims(&acme.organization, "agents:read");
    register(&api, &sign(&api, &claims), "a")
        .await
        .scope_missing("agents:write");
    let mut claims = api.bootstrap_claims(&acme.organization, "agents:write");
    claims.as_object_mut().unwrap().remove("organization_id");
    register(&api, &sign(&api, &claims), "a").await.denied();
}

#[actix_web::test]
async fn in_the_system_organization_it_gives_no_power_over_the_platform() {
    let api = Api::start().await;
    let token = token(&api, &api.operator);
    let mut body = registration("a@workload.example");
    for grant in [&["admin:orgs"][..], &["agents:write", "admin:orgs"]] {
        body["allowedScopes"] = json!(grant);
        let call = api.post(AGENTS).bearer(&token).json(&body);
        call.send().await.denied();
    }
    body["allowedScopes"] = json!(["agents:write"]);
    let call = api.post(AGENTS).bearer(&token).json(&body);
    call.send().await.expect(201);
}

#[actix_web::test]
async fn the_plan_of_the_organization_holds() {
    let (api, _) = start().await;
    let small = api
        .organization_with("small", json!({"maxAgents": 2}))
        .await;
    let token = token(&api, &small);
    register(&api, &token, "a").await.expect(201);
    let answer = register(&api, &token, "b").await;
    let body = answer.expect(403);
    assert_eq!(body["code"], "FREE_TIER_LIMIT_EXCEEDED");
    assert_eq!(body["details"]["current"], 2);
}

#[actix_web::test]
async fn its_requests_count_for_the_organization() {
    let api = Setup::limited().start().await;
    let acme = api
        .organization_with("acme", json!({"rateLimitPerMinute": 2}))
        .await;
    let token = token(&api, &acme);
    for remaining in [1, 0] {
        let answer = register(&api, &token, &format!("a{remaining}")).await;
        answer.expect(201);
        assert_eq!(answer.number("x-ratelimit-limit"), 2);
        assert_eq!(answer.number("x-ratelimit-remaining"), remaining);
    }
    register(&api, &token, "b").await.expect(429);
}

#[actix_web::test]
async fn it_ends_with_its_time_or_with_its_organization() {
    let (api, acme) = start().await;
    let other = api.organization("other").await;
    let (first, second) = (token(&api, &acme), token(&api, &other));
    let suspended = json!({"status": "suspended"});
    api.set_organization(&other, &suspended).await.expect(200);
    refused(&register(&api, &second, "a").await, TOKEN_REVOKED);
    api.pass(599);
    register(&api, &first, "b").await.expect(201);
    api.pass(1);
    refused(&register(&api, &first, "c").await, TOKEN_EXPIRED);
}

async fn introspect(api: &Api, caller: &str, token: &str) -> Value {
    let form = [("token", token)];
    let call = api.post("/oauth2/introspect").bearer(caller).form(&form);
    call.send().await.expect(200)
}

#[actix_web::test]
async fn introspection_describes_it_to_its_organization() {
    let (api, acme) = start().await;
    let other = api.organization("other").await;
    let claims = api.bootstrap_claims(&acme.organization, "agents:write");
    let token = sign(&api, &claims);
    let mut expected = claims;
    expected["active"] = json!(true);
    expected["token_type"] = json!("Bearer");
    expected.as_object_mut().unwrap().remove("token_use");
    let reader = api.token(&acme, "tokens:read");
    assert_eq!(introspect(&api, &reader, &token).await, expected);
    let client = api
        .post("/api/v1/token/introspect")
        .basic(&acme.agent, &acme.secret)
        .form(&[("token", &token)]);
    assert_eq!(client.send().await.expect(200), expected);
    let platform = api.token(&api.operator, "tokens:read admin:orgs");
    assert_eq!(introspect(&api, &platform, &token).await, expected);
    let inactive = json!({"active": false});
    let stranger = api.token(&other, TENANT_SCOPES);
    assert_eq!(introspect(&api, &stranger, &token).await, inactive);
    api.pass(600);
    let reader = api.token(&acme, "tokens:read");
    assert_eq!(introspect(&api, &reader, &token).await, inactive);
}

#[actix_web::test]
async fn it_is_nobodys_own_token_for_introspection() {
    let (api, acme) = start().await;
    let token = token(&api, &acme);
    let plain = api.token(&acme, "openid");
    let form = [("token", token.as_str())];
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        let answer = api.post(path).bearer(&plain).form(&form).send().await;
        assert_eq!(answer.expect(403)["error"], "insufficient_scope");
        // Not even for the workflow itself.
        let own = api.post(path).bearer(&token).form(&form).send().await;
        own.oauth_refused(403, "access_denied", "AUTHORIZATION_ERROR", DENIED);
    }
    assert!(api.events(&acme, "token.introspected").await.is_empty());
}

#[actix_web::test]
async fn the_platform_revokes_it_and_nobody_else() {
    let (api, acme) = start().await;
    let token = token(&api, &acme);
    let revoke = async |caller: &str| {
        let form = [("token", token.as_str())];
        let call = api.post("/api/v1/token/revoke").bearer(caller).form(&form);
        call.send().await
    };
    let denied = revoke(&api.token(&acme, TENANT_SCOPES)).await;
    denied.oauth_refused(403, "access_denied", "AUTHORIZATION_ERROR", DENIED);
    register(&api, &token, "a").await.expect(201);
    let platform = api.token(&api.operator, "tokens:read admin:orgs");
    for _ in 0..2 {
        assert_eq!(revoke(&platform).await.expect(200), json!({}));
    }
    refused(&register(&api, &token, "b").await, TOKEN_REVOKED);
    let reader = api.token(&acme, "tokens:read");
    let inactive = json!({"active": false});
    assert_eq!(introspect(&api, &reader, &token).await, inactive);
    let mut events = api.events(&acme, "token.revoked").await;
    let event = events.pop().unwrap();
    assert!(events.is_empty(), "one effective revocation");
    assert_eq!(event["agentId"], NOBODY);
    let jti = parts(&token).1["jti"].clone();
    assert_eq!(
        event["metadata"],
        json!({"jti": jti, "actorAgentId": api.operator.agent})
    );
}
