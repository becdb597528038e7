//! Revocation (RFC 7009).

use agentidp_domain::token::TokenType;
use serde_json::json;

use super::parts;
use crate::support::texts::{DENIED, SCOPE_MISSING, TOKEN_REVOKED};
use crate::support::{Answer, Api, Identity, TENANT_SCOPES};

const PATHS: [&str; 2] = ["/api/v1/token/revoke", "/oauth2/revoke"];

async fn revoke(api: &Api, path: &str, caller: &str, token: &str) -> Answer {
    let form = [("token", token), ("token_type_hint", "refresh_token")];
    api.post(path).bearer(caller).form(&form).send().await
}

async fn as_client(api: &Api, client: &Identity, token: &str) -> Answer {
    let call = api.post(PATHS[0]).basic(&client.agent, &client.secret);
    call.form(&[("token", token)]).send().await
}

#[track_caller]
fn done(answer: &Answer) {
    assert_eq!(answer.expect(200), json!({}));
    answer.not_cached();
}

#[track_caller]
fn not_owner(answer: &Answer) {
    answer.oauth_refused(403, "access_denied", "AUTHORIZATION_ERROR", DENIED);
}

async fn works(api: &Api, agent: &Identity, token: &str) -> bool {
    let answer = api.get(&agent.path()).bearer(token).send().await;
    if answer.status != 200 {
        answer.refused(401, "UNAUTHORIZED", TOKEN_REVOKED);
    }
    answer.status == 200
}

#[actix_web::test]
async fn an_agent_revokes_its_own_tokens_the_one_it_uses_included() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    for (count, path) in PATHS.iter().enumerate() {
        let (first, second) = (
            api.token(&agent, "agents:read"),
            api.token(&agent, "agents:read"),
        );
        done(&revoke(&api, path, &first, &second).await);
        assert!(works(&api, &agent, &first).await);
        assert!(!works(&api, &agent, &second).await);
        // Once more has no effect and leaves no second event.
        done(&revoke(&api, path, &first, &second).await);
        done(&revoke(&api, path, &first, &first).await);
        assert!(!works(&api, &agent, &first).await);
        let events = api.events(&acme, "token.revoked").await;
        assert_eq!(events.len(), 2 * (count + 1));
        let last = events.last().unwrap();
        assert_eq!(last["agentId"], json!(agent.agent));
        assert_eq!(last["metadata"], json!({"jti": parts(&first).1["jti"]}));
        done(&as_client(&api, &agent, &first).await);
        assert_eq!(
            api.events(&acme, "token.revoked").await.len(),
            2 * (count + 1)
        );
    }
}

#[actix_web::test]
async fn with_client_authentication_no_scope_is_needed() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    let token = api.issued(&agent, "agents:read").await;
    done(&as_client(&api, &agent, &token).await);
    assert!(!works(&api, &agent, &token).await);
    let (token, body) = (
        api.token(&agent, "agents:read"),
        |token: &str| json!({"token": token, "client_id": agent.agent, "client_secret": agent.secret}),
    );
    done(&api.post(PATHS[1]).json(&body(&token)).send().await);
    assert!(!works(&api, &agent, &token).await);
}

#[actix_web::test]
async fn nobody_revokes_another_agents_token_but_the_platform() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let token = api.token(&agent, "agents:read");
    for by in [&acme, &other, &api.operator] {
        let caller = api.token(by, TENANT_SCOPES);
        not_owner(&revoke(&api, PATHS[0], &caller, &token).await);
    }
    for by in [&acme, &other] {
        not_owner(&as_client(&api, by, &token).await);
    }
    assert!(works(&api, &agent, &token).await);
    assert!(api.events(&acme, "token.revoked").await.is_empty());
    let operator = api.operator.clone();
    let platform = api.token(&operator, "admin:orgs tokens:read");
    done(&revoke(&api, PATHS[0], &platform, &token).await);
    assert!(!works(&api, &agent, &token).await);
    let event = api.events(&acme, "token.revoked").await.pop().unwrap();
    let jti = parts(&token).1["jti"].clone();
    assert_eq!(
        event["metadata"],
        json!({"jti": jti, "actorAgentId": operator.agent})
    );
    let token = api.token(&agent, "agents:read");
    done(&as_client(&api, &operator, &token).await);
    assert!(!works(&api, &agent, &token).await);
}

#[actix_web::test]
async fn a_bearer_caller_needs_the_scope_for_what_is_not_its_own() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "agents:read");
    let caller = api.token(&acme.stranger(), "agents:read");
    for path in PATHS {
        for target in [token.as_str(), "garbage"] {
            let answer = revoke(&api, path, &caller, target).await;
            let details =
                answer.oauth_refused(403, "insufficient_scope", "FORBIDDEN", SCOPE_MISSING);
            assert_eq!(details, json!({"requiredScopes": ["tokens:read"]}));
        }
    }
    assert!(works(&api, &acme, &token).await);
}

#[actix_web::test]
async fn what_is_no_live_token_of_this_server_is_answered_alike() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let caller = api.token(&acme, "tokens:read");
    let live = api.token(&acme, "agents:read");
    let mut expired = api.claims(&acme, "agents:read");
    expired["exp"] = json!(api.now());
    let expired = api.sign(TokenType::AccessToken, &expired);
    let mut foreign = api.claims(&acme, "agents:read");
    foreign["iss"] = json!("https://elsewhere.example");
    let foreign = api.sign(TokenType::AccessToken, &foreign);
    // The claims of a live token under a signature that does not fit.
    let (signed, _) = live.rsplit_once('.').unwrap();
    let (_, signature) = expired.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{signature}");
    let id_token = api.sign(TokenType::IdToken, &api.claims(&acme, "agents:read"));
    for token in [
        expired.as_str(),
        &foreign,
        &forged,
        &id_token,
        "garbage",
        "a.b.c",
    ] {
        done(&revoke(&api, PATHS[0], &caller, token).await);
        done(&as_client(&api, &acme, token).await);
    }
    assert!(works(&api, &acme, &live).await, "a forgery revokes nothing");
    assert!(api.events(&acme, "token.revoked").await.is_empty());
}

#[actix_web::test]
async fn a_revoked_token_no_longer_opens_the_revocation_endpoint() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "tokens:read");
    done(&revoke(&api, PATHS[0], &token, &token).await);
    let again = revoke(&api, PATHS[0], &token, &token).await;
    again.oauth_refused(401, "invalid_token", "UNAUTHORIZED", TOKEN_REVOKED);
}
