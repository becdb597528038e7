//! The metadata documents.

use agentidp_domain::scope::Scope;
use serde_json::{Value, json};

use crate::support::Api;
use crate::support::texts::NO_ROUTE;

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// What both documents say.
fn shared() -> Value {
    let methods = json!(["client_secret_basic", "client_secret_post"]);
    json!({
        "issuer": "http://localhost:3000",
        "token_endpoint": "http://localhost:3000/api/v1/token",
        "jwks_uri": "http://localhost:3000/.well-known/jwks.json",
        "introspection_endpoint": "http://localhost:3000/api/v1/token/introspect",
        "revocation_endpoint": "http://localhost:3000/api/v1/token/revoke",
        "scopes_supported": [
            "openid", "agents:read", "agents:write", "tokens:read", "audit:read",
            "webhooks:read", "webhooks:write", "admin:orgs",
        ],
        "response_types_supported": ["token", "id_token"],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
    })
}

async fn metadata(api: &Api, path: &str) -> Value {
    let answer = api.get(path).send().await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
    answer.expect(200)
}

#[actix_web::test]
async fn every_member_is_there() {
    let api = Api::start().await;
    let mut expected = shared();
    assert_eq!(metadata(&api, OAUTH).await, expected);
    let more = json!({
        "authorization_endpoint": "http://localhost:3000/oauth2/authorize",
        "userinfo_endpoint": "http://localhost:3000/agent-info",
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "claims_supported": [
            "sub", "iss", "aud", "iat", "exp", "agent_type", "deployment_env",
            "organization_id", "did",
        ],
    });
    let members = expected.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    assert_eq!(metadata(&api, OPENID).await, expected);
}

#[actix_web::test]
async fn the_scopes_are_those_that_can_be_granted() {
    let api = Api::start().await;
    let metadata = metadata(&api, OPENID).await;
    let published = metadata["scopes_supported"].as_array().unwrap();
    let vocabulary: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    assert_eq!(metadata["scopes_supported"], json!(vocabulary));
    // The token endpoint knows each of them, and no other.
    for scope in published {
        api.issued(&api.operator, scope.as_str().unwrap()).await;
    }
    let more = [("scope", "offline_access")];
    let answer = api.login_with(&api.operator, &more).await;
    assert_eq!(answer.expect(400)["error"], "invalid_scope");
}

#[actix_web::test]
async fn what_is_published_is_there() {
    let api = Api::start().await;
    let metadata = metadata(&api, OPENID).await;
    let at = |member: &str| {
        let url = metadata[member].as_str().unwrap();
        let issuer = metadata["issuer"].as_str().unwrap();
        url.strip_prefix(issuer).unwrap().to_owned()
    };
    for (method, member, status) in [
        ("GET", "jwks_uri", 200),
        ("GET", "userinfo_endpoint", 401),
        ("POST", "token_endpoint", 400),
        ("POST", "introspection_endpoint", 401),
        ("POST", "revocation_endpoint", 401),
    ] {
        let answer = api.call(method, &at(member)).send().await;
        assert_eq!(answer.status, status, "{member}");
    }
    // There for clients that insist on one.
    for method in ["GET", "POST"] {
        let path = at("authorization_endpoint");
        let answer = api.call(method, &path).send().await;
        answer.refused(404, "NOT_FOUND", NO_ROUTE);
    }
}

#[actix_web::test]
async fn the_issuer_is_that_of_the_tokens() {
    let api = Api::start().await;
    let issuer = metadata(&api, OPENID).await["issuer"].clone();
    let answer = api.login_with(&api.operator, &[("scope", "openid")]).await;
    let answer = answer.expect(200);
    for token in ["access_token", "id_token"] {
        let (_, claims) = crate::tokens::parts(answer[token].as_str().unwrap());
        assert_eq!(claims["iss"], issuer);
    }
}
