//! A thin HTTP client of the API. Loopback only.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A request that takes longer is a failure of the test.
const PATIENCE: Duration = Duration::from_secs(40);

/// All scopes an administrator of an ordinary organization has.
pub const TENANT_SCOPES: &str = "agents:read agents:write tokens:read audit:read";
/// The scope of the platform's administrator that tests need.
pub const PLATFORM_SCOPES: &str = "admin:orgs audit:read agents:read agents:write tokens:read";

/// Id and secret of an agent.
#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    pub secret: String,
}

impl Client {
    /// From an answer with `clientId` and `clientSecret`.
    pub fn from_json(json: &Value) -> Self {
        Self {
            id: text(json, "clientId"),
            secret: text(json, "clientSecret"),
        }
    }
}

/// An organization and its first administrator.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub id: String,
    pub admin: Client,
}

/// An agent with one credential.
#[derive(Clone, Debug)]
pub struct Agent {
    pub client: Client,
    pub credential: String,
}

impl Agent {
    /// Path of its credential.
    pub fn path(&self) -> String {
        let (agent, credential) = (&self.client.id, &self.credential);
        format!("/api/v1/agents/{agent}/credentials/{credential}")
    }

    /// Where Vault has its secret.
    pub fn vault_path(&self) -> String {
        let (agent, credential) = (&self.client.id, &self.credential);
        format!("secret/data/agentidp/agents/{agent}/credentials/{credential}")
    }
}

/// An answer of the server.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The body of an answer that must have this status.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// A header, empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The member `code` of an error.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// One server, through connections that are kept open.
#[derive(Clone, Debug)]
pub struct Api {
    http: reqwest::Client,
    /// URL without trailing slash.
    pub base: String,
}

impl Api {
    /// The server on `port`, with connections of its own.
    pub fn at(port: u16) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self {
            http,
            base: format!("http://127.0.0.1:{port}"),
        }
    }

    /// Sends a request.
    pub async fn send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let response = request.send().await?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await?,
        })
    }

    /// A request to `path`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// `GET` with a token.
    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).bearer_auth(token))
            .await
            .unwrap()
    }

    /// `GET` without a token.
    pub async fn open(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await.unwrap()
    }

    /// `POST` of JSON with a token.
    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        let request = self
            .request(Method::POST, path)
            .bearer_auth(token)
            .json(body);
        self.send(request).await.unwrap()
    }

    /// `POST` of JSON without a token.
    pub async fn post_open(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body))
            .await
            .unwrap()
    }

    /// `PATCH` of JSON with a token.
    pub async fn patch(&self, token: &str, path: &str, body: &Value) -> Answer {
        let request = self
            .request(Method::PATCH, path)
            .bearer_auth(token)
            .json(body);
        self.send(request).await.unwrap()
    }

    /// `DELETE` with a token.
    pub async fn delete(&self, token: &str, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path).bearer_auth(token))
            .await
            .unwrap()
    }

    /// `POST` of a form with a token.
    pub async fn form(&self, token: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = self
            .request(Method::POST, path)
            .bearer_auth(token)
            .form(form);
        self.send(request).await.unwrap()
    }

    /// Asks for a token; `scope` may be empty.
    pub async fn try_token(&self, client: &Client, scope: &str) -> reqwest::Result<Answer> {
        let mut form = vec![("grant_type", "client_credentials")];
        if !scope.is_empty() {
            form.push(("scope", scope));
        }
        let request = self.request(Method::POST, "/api/v1/token").form(&form);
        self.send(request.basic_auth(&client.id, Some(&client.secret)))
            .await
    }

    /// A token, which must be issued.
    pub async fn token(&self, client: &Client, scope: &str) -> String {
        let answer = self.try_token(client, scope).await.unwrap();
        text(&answer.expect(200), "access_token")
    }

    /// Whether a token is accepted by an endpoint that every token may use:
    /// introspection of itself. One that ends between its two verifications
    /// there is like any foreign token, which needs a scope (403).
    pub async fn accepts(&self, token: &str) -> bool {
        let answer = self
            .form(token, "/oauth2/introspect", &[("token", token)])
            .await;
        assert!(
            [200, 401, 403].contains(&answer.status),
            "{} {}",
            answer.status,
            answer.text
        );
        answer.status == 200
    }

    /// Revokes a token with itself.
    pub async fn revoke(&self, token: &str) {
        self.form(token, "/oauth2/revoke", &[("token", token)])
            .await
            .expect(200);
    }

    /// Creates an organization with an administrator; `more` is merged into
    /// the request.
    pub async fn tenant(&self, platform: &str, slug: &str, more: Value) -> Tenant {
        let mut body = json!({
            "name": slug, "slug": slug, "planTier": "enterprise",
            "adminEmail": format!("admin@{slug}.example"),
        });
        merge(&mut body, more);
        let made = self
            .post(platform, "/api/v1/organizations", &body)
            .await
            .expect(201);
        Tenant {
            id: text(&made, "organizationId"),
            admin: Client::from_json(&made["admin"]),
        }
    }

    /// Registers an agent with the default grant and generates a credential.
    pub async fn agent(&self, token: &str, email: &str) -> Agent {
        self.agent_with(token, email, json!({})).await
    }

    /// Registers an agent and generates a credential; `more` is merged into
    /// the registration.
    pub async fn agent_with(&self, token: &str, email: &str, more: Value) -> Agent {
        let mut body = registration(email);
        merge(&mut body, more);
        let made = self.post(token, "/api/v1/agents", &body).await.expect(201);
        self.credential(token, &text(&made, "agentId")).await
    }

    /// Generates a credential.
    pub async fn credential(&self, token: &str, agent: &str) -> Agent {
        let path = format!("/api/v1/agents/{agent}/credentials");
        let made = self.post(token, &path, &json!({})).await.expect(201);
        Agent {
            client: Client::from_json(&made),
            credential: text(&made, "credentialId"),
        }
    }

    /// Gives a credential a new secret.
    pub async fn rotate(&self, token: &str, agent: &Agent) -> Agent {
        let path = format!("{}/rotate", agent.path());
        let made = self.post(token, &path, &json!({})).await.expect(200);
        Agent {
            client: Client::from_json(&made),
            credential: agent.credential.clone(),
        }
    }

    /// Number of events in the log of the caller's organization.
    pub async fn audit_total(&self, token: &str) -> i64 {
        let page = self.get(token, "/api/v1/audit?limit=1").await.expect(200);
        page["total"].as_i64().unwrap()
    }

    /// The member `verified` of the verification of the caller's log.
    pub async fn audit_verified(&self, token: &str) -> bool {
        let answer = self.get(token, "/api/v1/audit/verify").await.expect(200);
        answer["verified"].as_bool().unwrap()
    }
}

/// The body of a registration.
pub fn registration(email: &str) -> Value {
    json!({
        "email": email, "agentType": "screener", "version": "1.0.0",
        "capabilities": ["resume:read"], "owner": "talent-team", "deploymentEnv": "production",
    })
}

/// A member that is a string.
pub fn text(json: &Value, member: &str) -> String {
    let value = json[member].as_str();
    value
        .unwrap_or_else(|| panic!("no text {member} in {json}"))
        .to_owned()
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}
