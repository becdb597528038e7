//! Authorization of every operation of the API description: the list of
//! operations is the description itself, so that a new route is tested the
//! moment it exists.

use std::collections::BTreeSet;

use agentidp_domain::scope::Scope;
use agentidp_domain::token::TokenType;
use agentidp_http::PUBLIC;
use serde_json::{Value, json};

use crate::support::texts::{DENIED, NO_EVENT, SCOPE_MISSING, TOKEN_FORGED, TOKEN_REQUIRED};
use crate::support::{
    Answer, Api, OPERATOR_SCOPES, Operation, TENANT_SCOPES, operations, policy, protected, target,
};

/// Parts of the product that the policy knows and that have no routes yet.
const PLANNED: [&str; 10] = [
    "/api/v1/agents/:id/did/",
    "/api/v1/analytics/",
    "/api/v1/billing/",
    "/api/v1/compliance/",
    "/api/v1/federation/",
    "/api/v1/oauth2/",
    "/api/v1/oidc/",
    "/api/v1/sdk/",
    "/api/v1/tiers/",
    "/api/v1/webhooks",
];

/// Planned at the root.
const PLANNED_AT_ROOT: &str = "/agent-info";

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
        assert_eq!(
            described,
            !["/openapi.json", "/api-docs"].contains(&path),
            "{path}"
        );
    }
}

#[test]
fn no_policy_entry_lacks_a_route() {
    let routes: BTreeSet<String> = protected().iter().map(Operation::key).collect();
    for key in policy().keys() {
        let (_, pattern) = key.split_once(':').unwrap();
        let planned =
            PLANNED.iter().any(|prefix| pattern.starts_with(prefix)) || pattern == PLANNED_AT_ROOT;
        assert_ne!(routes.contains(key), planned, "{key}");
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
        refused(&operation, &answer, 403, "AUTHORIZATION_ERROR", DENIED);
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
        assert!(!required.is_empty(), "{operation:?}");
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

/// Who sees what of a foreign organization, with every scope there is for it.
#[track_caller]
fn assert_foreign(operation: &Operation, answer: &Answer) {
    let path = operation.path.as_str();
    if path.starts_with("/api/v1/agents/{agentId}") {
        answer.denied();
    } else if path == "/api/v1/audit/{eventId}" {
        answer.refused(404, "AUDIT_EVENT_NOT_FOUND", NO_EVENT);
    } else if path.starts_with("/api/v1/organizations") {
        answer.scope_missing("admin:orgs");
    } else if path.ends_with("/introspect") {
        assert_eq!(answer.expect(200), json!({"active": false}));
    } else if path.ends_with("/revoke") {
        answer.oauth_refused(403, "access_denied", "AUTHORIZATION_ERROR", DENIED);
    } else {
        // Lists and creations are about the caller's own organization.
        let own = ["/api/v1/agents", "/api/v1/audit", "/api/v1/audit/verify"];
        assert!(
            own.contains(&path),
            "{operation:?} has no rule for foreign things"
        );
        assert!([200, 201].contains(&answer.status), "{operation:?}");
    }
}

#[actix_web::test]
async fn another_tenant_gets_nowhere_with_all_its_scopes() {
    let api = Api::start().await;
    let target = target(&api, "acme").await;
    let other = api.organization("other").await;
    let token = api.token(&other, TENANT_SCOPES);
    let before = api.event_count(&target.agent).await;
    for operation in protected() {
        let answer = operation.call(&api, &target).bearer(&token).send().await;
        assert_foreign(&operation, &answer);
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(
            !text.contains(&target.agent.agent),
            "{operation:?} tells of a foreign agent"
        );
    }
    assert_eq!(
        api.event_count(&target.agent).await,
        before,
        "nothing was changed or recorded"
    );
    let reader = api.token(&target.agent, "agents:read");
    let agent = api
        .get(&target.agent.path())
        .bearer(&reader)
        .send()
        .await
        .expect(200);
    assert_eq!(agent["status"], "active");
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

#[actix_web::test]
async fn the_matrix_of_routes_and_scopes() {
    let api = Api::start().await;
    let open = self_service(&api).await;
    let target = target(&api, "acme").await;
    let mut lines = Vec::new();
    for operation in operations() {
        let mut line = format!("{:<6} {:<60}", operation.method, operation.path);
        if operation.is_public() {
            lines.push(line + " public");
            continue;
        }
        for scope in Scope::ALL {
            let token = api.token(&api.operator.stranger(), scope.as_str());
            if admitted(&operation.call(&api, &target).bearer(&token).send().await) {
                line.push_str(&format!(" {scope}"));
            }
        }
        if open.contains(&format!("{operation:?}")) {
            line.push_str(" self");
        }
        lines.push(line);
    }
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"));
}
