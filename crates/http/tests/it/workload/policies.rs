//! Creating, listing and deleting trust policies.

use agentidp_domain::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{POLICIES, REPOSITORY, create, delete, listed, with};
use crate::support::texts::INVALID_QUERY;
use crate::support::{Answer, Api, Identity, TENANT_SCOPES};

const NOT_FOUND: &str = "Trust policy with the specified ID was not found.";
const EXISTS: &str = "A trust policy for this repository and branch already exists.";

async fn policy(api: &Api, by: &Identity, body: &Value) -> Value {
    create(api, by, TENANT_SCOPES, body).await.expect(201)
}

fn of(repository: &str) -> Value {
    json!({"provider": "github", "repository": repository})
}

fn ids(policies: &[Value]) -> Vec<&str> {
    policies
        .iter()
        .map(|policy| policy["id"].as_str().unwrap())
        .collect()
}

#[track_caller]
fn not_found(answer: &Answer) {
    let details = answer.refused(404, "TRUST_POLICY_NOT_FOUND", NOT_FOUND);
    assert_eq!(details, Value::Null);
}

#[actix_web::test]
async fn the_answer_is_the_whole_policy() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let more = json!({"branch": " refs/heads/release/1.x ", "agentId": agent.agent});
    let body = with(of("Acme-1/app_2.x"), &more);
    let mut policy = policy(&api, &acme, &body).await;
    assert_eq!(listed(&api, &acme).await, std::slice::from_ref(&policy));
    let members = policy.as_object_mut().unwrap();
    let id = members.remove("id").unwrap();
    let id: Uuid = id.as_str().unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 4);
    let now = api.world.ports.now().to_string();
    assert_eq!(members.remove("createdAt").unwrap(), now);
    assert_eq!(members.remove("updatedAt").unwrap(), now);
    assert_eq!(
        policy,
        json!({
            "provider": "github",
            "repository": "Acme-1/app_2.x",
            "branch": "release/1.x",
            "agentId": agent.agent,
        })
    );
}

#[actix_web::test]
async fn absent_null_and_empty_mean_any_branch_and_no_agent() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let branches = [
        json!(null),
        json!(""),
        json!("  "),
        json!("refs/heads/"),
        json!(" refs/heads/ "),
    ];
    for (index, branch) in branches.into_iter().enumerate() {
        let mut body = of(&format!("acme/{index}"));
        body["branch"] = branch;
        body["agentId"] = Value::Null;
        let policy = policy(&api, &acme, &body).await;
        assert_eq!(
            (&policy["branch"], &policy["agentId"]),
            (&json!(null), &json!(null))
        );
    }
    let policy = policy(&api, &acme, &of("acme/absent")).await;
    let members = policy.as_object().unwrap();
    assert_eq!(members.get("branch"), Some(&Value::Null));
    assert_eq!(members.get("agentId"), Some(&Value::Null));
}

#[actix_web::test]
async fn a_policy_exists_once_absent_values_counted_as_equal() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let second = api.silent_agent(&acme, "b", &["agents:read"]).await;
    let kinds = [
        json!({}),
        json!({"branch": "main"}),
        json!({"agentId": agent.agent}),
        json!({"branch": "main", "agentId": agent.agent}),
        json!({"branch": "Main", "agentId": agent.agent}),
        json!({"branch": "main", "agentId": second.agent}),
    ];
    for kind in &kinds {
        policy(&api, &acme, &with(of(REPOSITORY), kind)).await;
    }
    let before = api.event_count(&acme).await;
    for kind in &kinds {
        let mut body = with(of(REPOSITORY), kind);
        if let Some(branch) = kind["branch"].as_str() {
            // Another way to write the same branch.
            body["branch"] = json!(format!("refs/heads/{branch}"));
        }
        let answer = create(&api, &acme, TENANT_SCOPES, &body).await;
        let details = answer.refused(409, "TRUST_POLICY_CONFLICT", EXISTS);
        let expected =
            json!({"provider": "github", "repository": REPOSITORY, "branch": kind["branch"]});
        assert_eq!(details, expected);
    }
    assert_eq!(listed(&api, &acme).await.len(), kinds.len());
    assert_eq!(api.event_count(&acme).await, before);
    // Another repository, or another organization, is another policy.
    policy(&api, &acme, &of("acme/App")).await;
    policy(&api, &other, &of(REPOSITORY)).await;
    assert_eq!(listed(&api, &other).await.len(), 1);
}

#[actix_web::test]
async fn a_deleted_policy_can_be_made_again() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let first = policy(&api, &acme, &of(REPOSITORY)).await;
    let id = first["id"].as_str().unwrap();
    delete(&api, &acme, id).await.no_content();
    let second = policy(&api, &acme, &of(REPOSITORY)).await;
    assert_ne!(second["id"], first["id"]);
    not_found(&delete(&api, &acme, id).await);
}

#[actix_web::test]
async fn the_list_is_the_organizations_own_newest_first() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    assert!(listed(&api, &acme).await.is_empty());
    policy(&api, &other, &of(REPOSITORY)).await;
    let mut expected = Vec::new();
    for (repository, pause) in [("a/1", 1), ("a/2", 0), ("a/3", 0), ("a/4", 7)] {
        api.pass(pause);
        let policy = policy(&api, &acme, &of(repository)).await;
        let created: Timestamp = policy["createdAt"].as_str().unwrap().parse().unwrap();
        expected.push((created, policy["id"].as_str().unwrap().to_owned()));
    }
    expected.sort();
    expected.reverse();
    let expected: Vec<&str> = expected.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(ids(&listed(&api, &acme).await), expected);
}

#[actix_web::test]
async fn the_list_can_be_narrowed_to_an_agent() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let linked = with(of("a/linked"), &json!({"agentId": agent.agent}));
    let linked = policy(&api, &acme, &linked).await;
    policy(&api, &acme, &of("a/bootstrap")).await;
    let search = async |by: &Identity, value: &str| {
        let token = api.token(by, "agents:read");
        let path = format!("{POLICIES}?agentId={value}&page=7&branch=x");
        api.get(&path).bearer(&token).send().await
    };
    let found = search(&acme, &agent.agent).await.expect(200);
    assert_eq!(found, json!([linked]));
    for by in [&acme, &other] {
        let nobody = search(by, &by.stranger().agent).await.expect(200);
        assert_eq!(nobody, json!([]));
    }
    let foreign = search(&other, &agent.agent).await.expect(200);
    assert_eq!(foreign, json!([]));
    for bad in ["", "x", "null", &agent.agent[1..]] {
        let answer = search(&acme, bad).await;
        let details = answer.invalid(INVALID_QUERY, &["agentId"]);
        assert_eq!(details["reason"], "Must be a valid UUID.");
    }
}

#[actix_web::test]
async fn unknown_malformed_and_foreign_policies_are_all_the_same() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let policy = policy(&api, &acme, &of(REPOSITORY)).await;
    let id = policy["id"].as_str().unwrap();
    let before = (
        api.event_count(&acme).await,
        api.event_count(&other).await,
        api.event_count(&api.operator).await,
    );
    let unknown = Uuid::new_v4().to_string();
    for bad in [unknown.as_str(), "x", "%00", &id[1..]] {
        not_found(&delete(&api, &acme, bad).await);
    }
    not_found(&delete(&api, &other, id).await);
    // Platform administrators are no exception.
    let token = api.token(&api.operator, "agents:write admin:orgs");
    let path = format!("{POLICIES}/{id}");
    not_found(&api.delete(&path).bearer(&token).send().await);
    assert_eq!(ids(&listed(&api, &acme).await), [id]);
    let after = (
        api.event_count(&acme).await,
        api.event_count(&other).await,
        api.event_count(&api.operator).await,
    );
    assert_eq!(before, after);
    delete(&api, &acme, id).await.no_content();
    assert!(listed(&api, &acme).await.is_empty());
}

#[actix_web::test]
async fn creation_and_deletion_are_recorded() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    for (repository, branch) in [("a/any", json!(null)), ("a/main", json!("main"))] {
        let more = json!({"branch": branch, "agentId": agent.agent});
        let before = api.event_count(&acme).await;
        let policy = policy(&api, &acme, &with(of(repository), &more)).await;
        let id = policy["id"].as_str().unwrap();
        delete(&api, &acme, id).await.no_content();
        assert_eq!(api.event_count(&acme).await, before + 2);
        for action in ["trust_policy.created", "trust_policy.deleted"] {
            let event = api.events(&acme, action).await.pop().unwrap();
            assert_eq!(event["outcome"], "success");
            assert_eq!(event["agentId"], acme.agent);
            assert_eq!(
                event["metadata"],
                json!({
                    "policyId": id,
                    "provider": "github",
                    "repository": repository,
                    "branch": branch,
                })
            );
        }
    }
}
