//! Organizations, agents and credentials, made through the API.

use agentidp_domain::agent::Email;
use agentidp_domain::id::AgentId;
use agentidp_domain::token::TokenType;
use agentidp_domain::unit_of_work::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Api};

/// All scopes that an agent outside the system organization can hold.
pub const TENANT_SCOPES: &str = "openid agents:read agents:write tokens:read audit:read \
                                 webhooks:read webhooks:write";

/// All scopes.
pub const OPERATOR_SCOPES: &str = "openid agents:read agents:write tokens:read audit:read \
                                   webhooks:read webhooks:write admin:orgs";

/// An agent and, if it has one, a secret.
#[derive(Clone, Debug)]
pub struct Identity {
    pub agent: String,
    pub organization: String,
    pub secret: String,
}

impl Identity {
    pub const SYSTEM: &'static str = "00000000-0000-4000-8000-000000000001";

    /// Another agent of the same organization that nobody registered.
    pub fn stranger(&self) -> Self {
        Self {
            agent: Uuid::new_v4().to_string(),
            ..self.clone()
        }
    }

    pub fn path(&self) -> String {
        format!("/api/v1/agents/{}", self.agent)
    }

    pub fn credentials(&self) -> String {
        format!("{}/credentials", self.path())
    }

    pub fn organization_path(&self) -> String {
        format!("/api/v1/organizations/{}", self.organization)
    }
}

/// A complete registration.
pub fn registration(email: &str) -> Value {
    json!({
        "email": email,
        "agentType": "screener",
        "version": "1.4.2",
        "capabilities": ["resume:read"],
        "owner": "talent-team",
        "deploymentEnv": "production",
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl Api {
    /// A new free organization; its administrator.
    pub async fn organization(&self, slug: &str) -> Identity {
        self.organization_with(slug, json!({})).await
    }

    /// A new organization with more fields than name and slug.
    pub async fn organization_with(&self, slug: &str, more: Value) -> Identity {
        let mut body =
            json!({"name": slug, "slug": slug, "adminEmail": format!("admin@{slug}.example")});
        let Value::Object(more) = more else {
            panic!("an object");
        };
        body.as_object_mut().unwrap().extend(more);
        let token = self.token(&self.operator, "admin:orgs");
        let created = self
            .post("/api/v1/organizations")
            .bearer(&token)
            .json(&body)
            .send()
            .await;
        let created = created.expect(201);
        Identity {
            agent: text(&created["admin"]["agentId"]),
            organization: text(&created["organizationId"]),
            secret: text(&created["admin"]["clientSecret"]),
        }
    }

    /// A new agent with this grant and a credential.
    pub async fn agent(&self, by: &Identity, name: &str, grant: &[&str]) -> Identity {
        let mut identity = self.silent_agent(by, name, grant).await;
        (_, identity.secret) = self.credential(&identity).await;
        identity
    }

    /// A new agent without credential.
    pub async fn silent_agent(&self, by: &Identity, name: &str, grant: &[&str]) -> Identity {
        let mut body = registration(&format!("{name}@{}.example", &by.organization[..8]));
        body["allowedScopes"] = json!(grant);
        let scopes = if by.organization == Identity::SYSTEM {
            OPERATOR_SCOPES
        } else {
            TENANT_SCOPES
        };
        let token = self.token(by, scopes);
        let agent = self
            .post("/api/v1/agents")
            .bearer(&token)
            .json(&body)
            .send()
            .await;
        Identity {
            agent: text(&agent.expect(201)["agentId"]),
            organization: by.organization.clone(),
            secret: String::new(),
        }
    }

    /// An agent from before agents had identifiers; the rest is as in the
    /// record of `by`.
    pub async fn nameless_agent(&self, by: &Identity) -> Identity {
        let (template, id) = (by.agent.parse().unwrap(), AgentId::new(Uuid::new_v4()));
        let mut work = self.world.ports.write(Scope::System).await.unwrap();
        let mut agent = work.agents().find(template).await.unwrap().unwrap();
        agent.agent_id = id;
        agent.email = Email::new(&format!("{id}@nameless.example")).unwrap();
        agent.did = None;
        agent.did_created_at = None;
        work.agents().insert(&agent).await.unwrap();
        work.commit().await.unwrap();
        Identity {
            agent: id.to_string(),
            organization: by.organization.clone(),
            secret: String::new(),
        }
    }

    /// A new credential of an agent, made by itself: id and secret.
    pub async fn credential(&self, agent: &Identity) -> (String, String) {
        let token = self.token(agent, "openid");
        let created = self.post(&agent.credentials()).bearer(&token).send().await;
        let created = created.expect(201);
        (
            text(&created["credentialId"]),
            text(&created["clientSecret"]),
        )
    }

    /// Asks the token endpoint.
    pub async fn login(&self, client: &Identity) -> Answer {
        self.login_with(client, &[]).await
    }

    /// Asks the token endpoint with more parameters.
    pub async fn login_with(&self, client: &Identity, more: &[(&str, &str)]) -> Answer {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", client.agent.as_str()),
            ("client_secret", client.secret.as_str()),
        ];
        form.extend_from_slice(more);
        self.post("/api/v1/token").form(&form).send().await
    }

    /// An access token from the token endpoint.
    pub async fn issued(&self, client: &Identity, scope: &str) -> String {
        let answer = self.login_with(client, &[("scope", scope)]).await;
        text(&answer.expect(200)["access_token"])
    }

    /// A token to read the log of an organization, younger than every marker.
    pub fn auditor(&self, of: &Identity) -> String {
        let mut claims = self.claims(&of.stranger(), "audit:read");
        claims["iat"] = json!(self.now() + 1);
        self.sign(TokenType::AccessToken, &claims)
    }

    /// All events of one action in the log of an organization, oldest first.
    pub async fn events(&self, of: &Identity, action: &str) -> Vec<Value> {
        let token = self.auditor(of);
        let path = format!("/api/v1/audit?limit=100&action={action}");
        let mut page = self.get(&path).bearer(&token).send().await.expect(200);
        let mut events = page["data"].take().as_array().unwrap().clone();
        events.reverse();
        events
    }

    /// Number of events in the log of an organization.
    pub async fn event_count(&self, of: &Identity) -> i64 {
        let token = self.auditor(of);
        let page = self
            .get("/api/v1/audit?limit=1")
            .bearer(&token)
            .send()
            .await;
        page.expect(200)["total"].as_i64().unwrap()
    }

    /// Changes the state of an agent as the administrator of its organization.
    pub async fn set_status(&self, by: &Identity, agent: &Identity, status: &str) -> Answer {
        let token = self.token(by, TENANT_SCOPES);
        let body = json!({"status": status});
        self.patch(&agent.path())
            .bearer(&token)
            .json(&body)
            .send()
            .await
    }

    /// Changes the state of the organization of `of`.
    pub async fn set_organization(&self, of: &Identity, body: &Value) -> Answer {
        let token = self.token(&self.operator, "admin:orgs");
        self.patch(&of.organization_path())
            .bearer(&token)
            .json(body)
            .send()
            .await
    }
}
