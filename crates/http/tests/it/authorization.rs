//! Authorization of every operation of the API description: the list of
//! operations is the description itself, so that a new route is tested the
//! moment it exists.

mod foreign;

use std::collections::BTreeSet;

use agentidp_domain::scope::Scope;
use agentidp_domain::token::TokenType;
use agentidp_http::PUBLIC;
use serde_json::{Value, json};

use crate::support::texts::{
    DENIED, DENIED_SCAFFOLD, NO_AGENT, NO_SIGNATURE, SCOPE_MISSING, TOKEN_FIELD, TOKEN_FORGED,
    TOKEN_REQUIRED,
};
use crate::support::{
    Answer, Api, OPERATOR_SCOPES, Operation, Target, operations, policy, protected, target,
};

#[test]
fn every_operation_is_public_or_in_the_policy_and_never_both() {
    let policy = policy();
    for operation in operations() {
        let listed = policy.contains_key(&operation.key());
        assert_ne!(operation.is_public(), listed, "{operation:?}");
    }
    let known: BTreeSet<(String, String)> = operations()
        .into_iter()
        .map(|operation| (operation.method, operation.path))
        .collect();
    for (method, path) in PUBLIC {
        let described = known.contains(&(method.to_owned(), path.to_owned()));
        // The description does not describe itself.
        assert_eq!(described, path != "/openapi.json", "{path}");
    }
}

#[test]
fn no_policy_entry_lacks_a_route() {
    let routes: BTreeSet<String> = protected().iter().map(Operation::key).collect();
    for key in policy().keys() {
        assert!(routes.contains(key), "{key}");
    }
}

#[test]
fn the_description_names_the_scopes_of_the_policy() {
    let description = agentidp_http::openapi::generate();
    let policy = policy();
    for operation in protected() {
        let method = operation.method.to_lowercase();
        let security = &description["paths"][&operation.path][&method]["security"];
        assert_eq!(
            security[0]["bearer"],
            json!(policy[&operation.key()]),
            "{operation:?}"
        );
    }
}

/// Checks a refusal in the form of the operation's family.
#[track_caller]
fn refused(
    operation: &Operation,
    answer: &Answer,
    status: u16,
    code: &str,
    message: &str,
) -> Value {
    let error = match code {
        "UNAUTHORIZED" => "invalid_token",
        "FORBIDDEN" => "insufficient_scope",
        _ => "access_denied",
    };
    if operation.is_oauth() {
        answer.oauth_refused(status, error, code, message)
    } else {
        answer.refused(status, code, message)
    }
}

/// How an operation says that it is for somebody else.
fn denied(operation: &Operation) -> &'static str {
    match operation.path.as_str() {
        "/api/v1/sdk/scaffold/{agentId}" => DENIED_SCAFFOLD,
        _ => DENIED,
    }
}

#[actix_web::test]
async fn public_operations_ask_for_no_token() {
    let api = Api::start().await;
    let target = target(&api, "acme").await;
    for (method, path) in PUBLIC {
        let operation = Operation {
            method: method.to_owned(),
            path: path.to_owned(),
        };
        let plain = operation.call(&api, &target).send().await;
        let bearer = operation.call(&api, &target).bearer("garbage").send().await;
        assert_eq!(plain.status, bearer.status, "{path}");
        if operation.is_oauth() {
            assert_eq!(plain.expect(401)["error"], "invalid_client", "{path}");
        } else if path == "/api/v1/oidc/token" {
            // The provider's token is the credential, and it is missing.
            plain.invalid(TOKEN_FIELD, &["token"]);
        } else if path == "/api/v1/billing/webhook" {
            // Its signature is what Stripe shows.
            plain.refused(400, "VALIDATION_ERROR", NO_SIGNATURE);
        } else {
            assert!([200, 303].contains(&plain.status), "{path}");
        }
    }
}

#[actix_web::test]
async fn without_or_with_a_bad_token_every_other_operation_is_401() {
    let api = Api::start().await;
    let target = target(&api, "acme").await;
    let before = api.event_count(&target.agent).await;
    for operation in protected() {
        let answer = operation.call(&api, &target).send().await;
        if operation.is_oauth() {
            // No token makes it a request with client authentication.
            assert_eq!(
                answer.expect(401)["error"],
                "invalid_client",
                "{operation:?}"
            );
        } else {
            answer.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
        }
        assert_eq!(answer.headers("www-authenticate")[0], "Bearer");
        let answer = operation.call(&api, &target).bearer("garbage").send().await;
        refused(&operation, &answer, 401, "UNAUTHORIZED", TOKEN_FORGED);
        let challenge = answer.headers("www-authenticate")[0];
        assert_eq!(challenge, "Bearer error=\"invalid_token\"", "{operation:?}");
    }
    assert_eq!(
        api.event_count(&target.agent).await,
        before,
        "a refusal leaves no trace"
    );
}

#[actix_web::test]
async fn a_token_without_organization_is_403_everywhere() {
    let api = Api::start().await;
    let target = target(&api, "acme").await;
    let mut claims = api.claims(&api.operator, OPERATOR_SCOPES);
    claims.as_object_mut().unwrap().remove("organization_id");
    let token = api.sign(TokenType::AccessToken, &claims);
    for operation in protected() {
        let answer = operation.call(&api, &target).bearer(&token).send().await;
        let text = denied(&operation);
        refused(&operation, &answer, 403, "AUTHORIZATION_ERROR", text);
        assert!(
            answer.headers("www-authenticate").is_empty(),
            "{operation:?}"
        );
    }
}

#[actix_web::test]
async fn without_the_scope_every_operation_is_403_and_names_it() {
    let api = Api::start().await;
    let target = target(&api, "acme").await;
    let policy = policy();
    let before = api.event_count(&target.agent).await;
    for operation in protected() {
        let required = &policy[&operation.key()];
        if required.is_empty() {
            continue;
        }
        let others: Vec<&str> = Scope::ALL
            .iter()
            .map(|scope| scope.as_str())
            .filter(|scope| !required.iter().any(|name| name == scope))
            .collect();
        let token = api.token(&target.agent.stranger(), &others.join(" "));
        let answer = operation.call(&api, &target).bearer(&token).send().await;
        let details = refused(&operation, &answer, 403, "FORBIDDEN", SCOPE_MISSING);
        assert_eq!(details, json!({"requiredScopes": required}));
        let challenge = format!(
            "Bearer error=\"insufficient_scope\", scope=\"{}\"",
            required.join(" ")
        );
        assert_eq!(
            answer.headers("www-authenticate"),
            [challenge],
            "{operation:?}"
        );
    }
    assert_eq!(
        api.event_count(&target.agent).await,
        before,
        "a refusal leaves no trace"
    );
}

#[actix_web::test]
async fn where_no_scope_is_asked_for_a_token_without_any_will_do() {
    let api = Api::start().await;
    let target = target(&api, "acme").await;
    let policy = policy();
    let mut seen = BTreeSet::new();
    for operation in protected() {
        if !policy[&operation.key()].is_empty() {
            continue;
        }
        let token = api.token(&target.agent, "");
        let answer = operation.call(&api, &target).bearer(&token).send().await;
        let key = operation.key();
        match key.as_str() {
            "GET:/agent-info" => assert_eq!(answer.expect(200)["scope"], ""),
            "GET:/api/v1/billing/usage"
            | "GET:/api/v1/tiers/status"
            | "GET:/api/v1/analytics/tokens"
            | "GET:/api/v1/analytics/agents/activity"
            | "GET:/api/v1/analytics/agents" => {
                let own = &target.agent.organization;
                assert_eq!(answer.expect(200)["organizationId"], json!(own));
            }
            "GET:/api/v1/sdk/scaffold/:id" => {
                assert_eq!(answer.header("content-type"), Some("application/zip"));
            }
            "POST:/api/v1/oauth2/token/verify-delegation" => {
                assert_eq!(answer.expect(200)["chainId"], json!(target.chain));
            }
            "DELETE:/api/v1/oauth2/token/delegate/:id" => answer.no_content(),
            // Nothing can be lent of nothing.
            "POST:/api/v1/oauth2/token/delegate" => {
                assert_eq!(answer.expect(400)["code"], "SCOPE_EXCEEDS_DELEGATOR");
            }
            _ => panic!("{key} has no rule"),
        }
        seen.insert(key);
    }
    assert_eq!(seen.len(), 10, "{seen:?}");
}

#[actix_web::test]
async fn a_bootstrap_token_opens_the_registration_and_nothing_else() {
    let api = Api::start().await;
    let target = target(&api, "acme").await;
    let before = api.event_count(&target.agent).await;
    for operation in protected() {
        // Scopes that no such token is ever issued with do not help.
        let claims = api.bootstrap_claims(&target.agent.organization, OPERATOR_SCOPES);
        let token = api.sign(TokenType::AccessToken, &claims);
        let answer = operation.call(&api, &target).bearer(&token).send().await;
        match operation.key().as_str() {
            "POST:/api/v1/agents" => {
                answer.expect(201);
            }
            "GET:/agent-info" => {
                answer.refused(404, "AGENT_NOT_FOUND", NO_AGENT);
            }
            _ => {
                let text = denied(&operation);
                refused(&operation, &answer, 403, "AUTHORIZATION_ERROR", text);
                assert!(answer.headers("www-authenticate").is_empty());
            }
        }
    }
    assert_eq!(
        api.event_count(&target.agent).await,
        before + 1,
        "the registration alone left a trace"
    );
}

/// Whether the scope policy let a request pass.
#[track_caller]
fn admitted(answer: &Answer) -> bool {
    assert_ne!(answer.status, 401, "{answer:?}");
    answer.status != 403 || answer.json()["code"] != "FORBIDDEN"
}

/// Operations that an agent may do to itself without any scope.
async fn self_service(api: &Api) -> BTreeSet<String> {
    let target = target(api, "selfish").await;
    let token = api.token(&target.agent, "openid");
    let mut open = BTreeSet::new();
    for operation in protected() {
        if admitted(&operation.call(api, &target).bearer(&token).send().await) {
            open.insert(format!("{operation:?}"));
        }
    }
    open
}

/// How the line of an operation ends: the scopes that open it.
async fn openers(api: &Api, operation: &Operation, target: &Target) -> String {
    if operation.is_public() {
        return " public".to_owned();
    }
    let mut scopes = String::new();
    let mut refused = 0;
    for scope in Scope::ALL {
        let token = api.token(&api.operator.stranger(), scope.as_str());
        if admitted(&operation.call(api, target).bearer(&token).send().await) {
            scopes.push_str(&format!(" {scope}"));
        } else {
            refused += 1;
        }
    }
    let without = api.token(&api.operator.stranger(), "");
    let open = admitted(&operation.call(api, target).bearer(&without).send().await);
    assert_eq!(open, refused == 0, "{operation:?}");
    if open { " any".to_owned() } else { scopes }
}

#[actix_web::test]
async fn the_matrix_of_routes_and_scopes() {
    let api = Api::start().await;
    let selfish = self_service(&api).await;
    let target = target(&api, "acme").await;
    let mut lines = Vec::new();
    for operation in operations() {
        let openers = openers(&api, &operation, &target).await;
        let mut line = format!("{:<6} {:<60}{openers}", operation.method, operation.path);
        if openers != " any" && selfish.contains(&format!("{operation:?}")) {
            line.push_str(" self");
        }
        lines.push(line);
    }
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"));
}
