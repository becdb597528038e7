//! Workflows of GitHub Actions without a stored secret: from the first policy
//! to a call of the API, and who does not get in.

mod refusals;

use agentidp_testkit::issuer::FakeIssuer;
use serde_json::{Value, json};

use crate::harness::{Answer, Api, ISSUER, Installation, Server, Tenant, tenant, text, unix_now};

const REPOSITORY: &str = "acme/agents";
const MAIN: &str = "refs/heads/main";
const POLICIES: &str = "/api/v1/oidc/trust-policies";

#[tokio::test(flavor = "multi_thread")]
async fn get_in_on_the_embedded_store() {
    if let Some(installation) = Installation::embedded() {
        let mut stage = Stage::set(installation, 1).await;
        stage.everything().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn get_in_on_postgres_and_redis() {
    if let Some(installation) = Installation::scaled() {
        let mut stage = Stage::set(installation, 2).await;
        stage.everything().await;
    }
}

/// An installation that trusts an issuer of our own in the place of GitHub.
struct Stage {
    installation: Installation,
    servers: Vec<Server>,
    github: FakeIssuer,
    tenant: Tenant,
    admin: String,
}

impl Stage {
    async fn set(mut installation: Installation, replicas: usize) -> Self {
        let github = FakeIssuer::start().unwrap();
        installation.set("GITHUB_OIDC_ISSUER", &github.url());
        let servers: Vec<Server> = (0..replicas).map(|_| installation.start()).collect();
        let (tenant, admin) = tenant(&installation, &servers[0], "acme").await;
        Self {
            installation,
            servers,
            github,
            tenant,
            admin,
        }
    }

    /// The replica that administrators talk to.
    fn api(&self) -> &Api {
        &self.servers.first().unwrap().api
    }

    /// The replica that workflows talk to.
    fn other(&self) -> &Api {
        &self.servers.last().unwrap().api
    }

    fn claims(&self, repository: &str, reference: &str) -> Value {
        self.github
            .github_claims(repository, reference, ISSUER, unix_now())
    }

    /// Claims of the workflow that is meant, with some of them changed.
    fn changed(&self, changes: &Value) -> String {
        let mut claims = self.claims(REPOSITORY, MAIN);
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        self.github.sign(&claims).unwrap()
    }

    /// A token of the workflow that is meant.
    fn workflow(&self) -> String {
        self.changed(&json!({}))
    }

    async fn exchange(&self, body: &Value) -> Answer {
        self.other().post_open("/api/v1/oidc/token", body).await
    }

    async fn refused(&self, token: &str, agent: &str, status: u16, code: &str) -> Value {
        let answer = self
            .exchange(&json!({"token": token, "agentId": agent}))
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{}",
            answer.text
        );
        answer.json()
    }

    /// Creates a policy; its id.
    async fn policy(&self, token: &str, branch: &str, agent: Option<&str>) -> String {
        let body = json!({
            "provider": "github", "repository": REPOSITORY, "branch": branch, "agentId": agent,
        });
        let made = self.api().post(token, POLICIES, &body).await.expect(201);
        assert_eq!(made["branch"], "main");
        assert_eq!(made["agentId"].as_str(), agent);
        text(&made, "id")
    }

    async fn everything(&mut self) {
        let agent = self.registered().await;
        let policy = self.policy(&self.admin, MAIN, Some(&agent)).await;
        let token = self.acts(&agent).await;
        self.strangers(&agent).await;
        self.forgeries(&agent).await;
        self.planted(&agent).await;
        self.rotates(&agent).await;
        self.ends(&agent, &policy, &token).await;
        self.trail(&agent).await;
    }

    /// The first agent, by a workflow that has no agent yet.
    async fn registered(&self) -> String {
        self.policy(&self.admin, "main", None).await;
        let body = json!({
            "provider": "github", "token": self.workflow(), "organizationId": self.tenant.id,
        });
        let answer = self.exchange(&body).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("pragma"), "no-cache");
        let issued = answer.expect(200);
        assert_eq!(issued["token_type"], "Bearer");
        assert_eq!(issued["expires_in"], 600);
        assert_eq!(issued["scope"], "agents:write");
        let token = text(&issued, "access_token");
        let registration = json!({
            "email": "worker@acme.example", "agentType": "custom", "version": "1.0.0",
            "capabilities": [], "owner": "build", "deploymentEnv": "production",
        });
        let made = self
            .api()
            .post(&token, "/api/v1/agents", &registration)
            .await
            .expect(201);
        assert_eq!(made["organizationId"], self.tenant.id.as_str());
        assert_eq!(made["allowedScopes"], json!(["agents:read"]));
        let agent = text(&made, "agentId");
        self.confined(&token, &agent).await;
        agent
    }

    /// A workflow acts as its agent.
    async fn acts(&self, agent: &str) -> String {
        let body = json!({"provider": "github", "token": self.workflow(), "agentId": agent});
        let issued = self.exchange(&body).await.expect(200);
        assert_eq!(issued["expires_in"], 3600);
        assert_eq!(issued["scope"], "agents:read");
        let token = text(&issued, "access_token");
        let path = format!("/api/v1/agents/{agent}");
        let record = self.api().get(&token, &path).await.expect(200);
        assert_eq!(record["agentId"], agent);
        let info = self.api().get(&token, "/agent-info").await.expect(200);
        assert_eq!(info["sub"], agent);
        assert_eq!(info["scope"], "agents:read");
        assert_eq!(
            self.github.fetches(),
            1,
            "the keys are fetched once for all replicas"
        );
        token
    }

    /// Suspension, and the end of the policy.
    async fn ends(&self, agent: &str, policy: &str, token: &str) {
        let api = self.api();
        let path = format!("/api/v1/agents/{agent}");
        let suspended = json!({"status": "suspended"});
        api.patch(&self.admin, &path, &suspended).await.expect(200);
        let workflow = self.workflow();
        self.refused(&workflow, agent, 403, "AGENT_SUSPENDED").await;
        assert!(!api.accepts(token).await, "suspension ends tokens");
        let active = json!({"status": "active"});
        api.patch(&self.admin, &path, &active).await.expect(200);
        let body = json!({"token": self.workflow(), "agentId": agent});
        let issued = self.exchange(&body).await.expect(200);
        let deleted = api
            .delete(&self.admin, &format!("{POLICIES}/{policy}"))
            .await;
        assert_eq!(deleted.status, 204);
        let workflow = self.workflow();
        self.refused(&workflow, agent, 403, "TRUST_POLICY_NOT_FOUND")
            .await;
        let kept = text(&issued, "access_token");
        assert!(api.accepts(&kept).await, "issued tokens stay valid");
    }

    /// What the log of the organization says.
    async fn trail(&self, agent: &str) {
        let logged = |action: &'static str| async move {
            let path = format!("/api/v1/audit?action={action}&limit=100");
            let page = self.api().get(&self.admin, &path).await.expect(200);
            let said = page.to_string();
            assert!(!said.contains("eyJ"), "a token is in the log: {said}");
            page["data"].as_array().unwrap().clone()
        };
        let issued = logged("token.issued").await;
        let of_mode = |mode: &str| {
            let found = issued
                .iter()
                .find(|event| event["metadata"]["mode"] == mode);
            found.unwrap_or_else(|| panic!("no {mode} in {issued:?}"))
        };
        for (mode, subject) in [
            ("agent", agent),
            ("bootstrap", "00000000-0000-0000-0000-000000000000"),
        ] {
            let event = of_mode(mode);
            assert_eq!(event["agentId"], subject);
            let metadata = &event["metadata"];
            assert_eq!(metadata["repository"], REPOSITORY);
            assert_eq!(metadata["branch"], "main");
            assert_eq!(metadata["runId"], "1658821493");
            assert!(metadata["policyId"].is_string(), "{metadata}");
        }
        let failed = logged("auth.failed").await;
        for reason in ["AGENT_SUSPENDED", "TRUST_POLICY_BRANCH_MISMATCH"] {
            assert!(
                failed
                    .iter()
                    .any(|event| event["metadata"]["reason"] == reason),
                "no {reason} in {failed:?}"
            );
        }
        assert!(self.api().audit_verified(&self.admin).await);
    }
}
