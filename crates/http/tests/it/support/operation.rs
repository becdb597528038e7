//! The operations of the API description, ready to be called.

use std::collections::BTreeMap;

use agentidp_http::PUBLIC;
use serde_json::json;

use super::{Api, Call, Identity, registration};

const POLICY: &str = include_str!("../../../../../policies/data/scopes.json");

/// One operation of the description.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: String,
    pub path: String,
}

/// All operations.
pub fn operations() -> Vec<Operation> {
    let description = agentidp_http::openapi::generate();
    let mut operations = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let (method, path) = (method.to_uppercase(), path.clone());
            operations.push(Operation { method, path });
        }
    }
    operations
}

impl Operation {
    pub fn is_public(&self) -> bool {
        PUBLIC.contains(&(self.method.as_str(), self.path.as_str()))
    }

    pub fn is_oauth(&self) -> bool {
        self.path.starts_with("/oauth2/") || self.path.starts_with("/api/v1/token")
    }

    /// Key of the operation in the policy.
    pub fn key(&self) -> String {
        let path = match self.path.as_str() {
            "/oauth2/introspect" => "/api/v1/token/introspect",
            "/oauth2/revoke" => "/api/v1/token/revoke",
            path => path,
        };
        let pattern: Vec<&str> = path
            .split('/')
            .map(|part| match part {
                "{credentialId}" => ":credId",
                part if part.starts_with('{') => ":id",
                part => part,
            })
            .collect();
        format!("{}:{}", self.method, pattern.join("/"))
    }

    /// The path about these things.
    pub fn path(&self, target: &Target) -> String {
        self.path
            .replace("{agentId}", &target.agent.agent)
            .replace("{credentialId}", &target.credential)
            .replace("{eventId}", &target.event)
            .replace("{orgId}", &target.agent.organization)
    }

    /// A call about `target` whose body is good.
    pub fn call<'a>(&self, api: &'a Api, target: &Target) -> Call<'a> {
        let call = api.call(&self.method, &self.path(target));
        if self.is_oauth() {
            return call.form(&[
                ("token", &target.token),
                ("grant_type", "client_credentials"),
            ]);
        }
        match (self.method.as_str(), self.path.as_str()) {
            ("PATCH", _) => call.json(&json!({"status": "active"})),
            ("POST", "/api/v1/organizations") => call.json(&json!({"name": "n", "slug": "n"})),
            ("POST", path) if path.ends_with("/members") => {
                call.json(&json!({"agentId": target.agent.agent, "role": "member"}))
            }
            ("POST", "/api/v1/agents") => call.json(&registration("new@coverage.example")),
            _ => call,
        }
    }
}

/// Things of one organization that operations are about.
pub struct Target {
    pub agent: Identity,
    pub credential: String,
    pub event: String,
    pub token: String,
}

/// Things of a new organization.
pub async fn target(api: &Api, slug: &str) -> Target {
    let admin = api.organization(slug).await;
    let agent = api.silent_agent(&admin, "target", &["agents:read"]).await;
    let (credential, _) = api.credential(&agent).await;
    let event = api.events(&admin, "agent.created").await.pop().unwrap();
    Target {
        token: api.token(&agent, "agents:read"),
        event: event["eventId"].as_str().unwrap().to_owned(),
        credential,
        agent,
    }
}

/// The scopes of each entry of the policy.
pub fn policy() -> BTreeMap<String, Vec<String>> {
    let entries: BTreeMap<_, _> = serde_json::from_str(POLICY).unwrap();
    assert_eq!(
        POLICY.matches("\": [").count(),
        entries.len(),
        "an entry is there twice"
    );
    entries
}

/// All operations that are not public.
pub fn protected() -> Vec<Operation> {
    operations()
        .into_iter()
        .filter(|operation| !operation.is_public())
        .collect()
}
