//! The operations of the API description, ready to be called.

use std::collections::BTreeMap;

use agentidp_http::PUBLIC;
use serde_json::{Value, json};

use super::{Api, Call, Target};

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
        let id = match self.path.as_str() {
            path if path.contains("/federation/") => &target.partner.id,
            path if path.contains("/webhooks/") => &target.webhook,
            _ => &target.policy,
        };
        self.path
            .replace("{agentId}", &target.agent.agent)
            .replace("{credentialId}", &target.credential)
            .replace("{eventId}", &target.event)
            .replace("{orgId}", &target.agent.organization)
            .replace("{chainId}", &target.chain)
            .replace("{id}", id)
    }

    /// A call about `target` whose body is good. That of the workload exchange
    /// is left out: no workflow is behind these tests.
    pub fn call<'a>(&self, api: &'a Api, target: &Target) -> Call<'a> {
        let call = api.call(&self.method, &self.path(target));
        if self.is_oauth() {
            return call.form(&[
                ("token", &target.token),
                ("grant_type", "client_credentials"),
            ]);
        }
        match self.body(target) {
            Some(body) => call.json(&body),
            None => call,
        }
    }

    /// A good body, for operations that need one.
    pub fn body(&self, target: &Target) -> Option<Value> {
        let agent = &target.agent.agent;
        Some(match (self.method.as_str(), self.path.as_str()) {
            ("PATCH", "/api/v1/webhooks/{id}") => json!({"active": true}),
            ("PATCH", _) => json!({"status": "active"}),
            ("POST", "/api/v1/webhooks") => super::hook(),
            ("POST", "/api/v1/organizations") => json!({"name": "n", "slug": "n"}),
            ("POST", "/api/v1/organizations/{orgId}/members") => {
                json!({"agentId": agent, "role": "member"})
            }
            ("POST", "/api/v1/agents") => super::registration("new@coverage.example"),
            ("POST", "/api/v1/oidc/trust-policies") => {
                json!({"provider": "github", "repository": "acme/other", "agentId": agent})
            }
            ("POST", "/api/v1/federation/trust") => target.partner.registration(),
            ("POST", "/api/v1/federation/verify") => json!({"token": target.partner.token()}),
            ("POST", "/api/v1/oauth2/token/delegate") => json!({
                "delegateeAgentId": target.colleague.agent,
                "scopes": ["agents:read"],
                "ttlSeconds": 60,
            }),
            ("POST", "/api/v1/oauth2/token/verify-delegation") => {
                json!({"delegationToken": target.delegation})
            }
            ("POST", "/api/v1/tiers/upgrade") => json!({"targetTier": "enterprise"}),
            _ => return None,
        })
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
