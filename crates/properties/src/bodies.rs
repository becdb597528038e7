//! JSON bodies.

use std::collections::BTreeSet;

use actix_web::test::TestRequest;
use serde_json::Value;

use crate::api::Api;
use crate::{Broken, Property, Seen, Verdict, first_line, holds, member};

/// Where something is created, by the members its body may have: those in `kept`
/// come back as they were sent, those in `sets` in any order and each once, those in
/// `other` not at all.
struct Route {
    name: &'static str,
    path: &'static str,
    kept: &'static [&'static str],
    sets: &'static [&'static str],
    other: &'static [&'static str],
}

const ROUTES: [Route; 5] = [
    Route {
        name: "agent",
        path: "/api/v1/agents",
        kept: &[
            "email",
            "agentType",
            "version",
            "capabilities",
            "owner",
            "deploymentEnv",
            "isPublic",
        ],
        sets: &["allowedScopes"],
        other: &["organizationId"],
    },
    Route {
        name: "organization",
        path: "/api/v1/organizations",
        kept: &[
            "name",
            "slug",
            "planTier",
            "maxAgents",
            "maxTokensPerMonth",
            "rateLimitPerMinute",
        ],
        sets: &[],
        other: &["adminEmail"],
    },
    Route {
        name: "webhook",
        path: "/api/v1/webhooks",
        kept: &["name", "url"],
        sets: &["events"],
        other: &[],
    },
    Route {
        name: "trust-policy",
        path: "/api/v1/oidc/trust-policies",
        kept: &["provider", "repository", "agentId"],
        sets: &[],
        // Shown in its long form.
        other: &["branch"],
    },
    Route {
        name: "delegation",
        path: "/api/v1/oauth2/token/delegate",
        kept: &["ttlSeconds", "delegateeAgentId"],
        sets: &["scopes"],
        other: &[],
    },
];

/// What is created is what another reading of the body says, without members
/// that nobody knows; everything else is refused with a code.
///
/// Input: a line with the name of what is to be created, and the body.
pub struct Bodies {
    api: Api,
}

impl Property for Bodies {
    const NAME: &'static str = "bodies";

    fn new() -> Result<Self, Broken> {
        Ok(Self { api: Api::start()? })
    }

    fn check(&self, input: &[u8]) -> Verdict {
        let Ok(text) = std::str::from_utf8(input) else {
            return Ok(Seen::Refused);
        };
        let (name, body) = first_line(text);
        let Some(route) = ROUTES.iter().find(|route| route.name == name) else {
            return Ok(Seen::Refused);
        };
        let body = self.api.filled(body, &self.api.token);
        let request = TestRequest::post()
            .uri(route.path)
            .insert_header(("authorization", format!("Bearer {}", self.api.token)))
            .insert_header(("content-type", "application/json"))
            .set_payload(body.clone());
        let answer = self.api.send(request)?;
        if answer.status != 201 {
            holds(answer.status >= 400, || answer.status.to_string())?;
            return Ok(Seen::Refused);
        }
        let sent: Value = serde_json::from_str(&body)?;
        let members = sent.as_object().ok_or("no object was created from")?;
        for (name, value) in members {
            let among = |names: &[&str]| names.contains(&name.as_str());
            let shown = member(&answer.body, name);
            let same = if among(route.kept) {
                shown == value
            } else if among(route.sets) {
                elements(shown) == elements(value)
            } else {
                among(route.other)
            };
            holds(same, || format!("{name} {value} became {shown}"))?;
        }
        Ok(Seen::Taken)
    }
}

/// The texts of a list.
fn elements(list: &Value) -> BTreeSet<&str> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}
