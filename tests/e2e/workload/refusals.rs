//! Who does not get in, and how far a bootstrap token reaches.

use agentidp_testkit::issuer::{IssuerKey, unsigned};
use serde_json::json;

use super::{MAIN, POLICIES, REPOSITORY, Stage};
use crate::harness::{PLATFORM_SCOPES, TENANT_SCOPES, text, unix_now};

impl Stage {
    /// A bootstrap token registers agents and does nothing else.
    pub(super) async fn confined(&self, token: &str, agent: &str) {
        let api = self.api();
        let path = format!("/api/v1/agents/{agent}");
        let policy = json!({"provider": "github", "repository": "acme/other", "agentId": agent});
        let delegation =
            json!({"delegateeAgentId": agent, "scopes": ["agents:write"], "ttlSeconds": 60});
        let answers = [
            api.get(token, "/api/v1/agents").await,
            api.get(token, &path).await,
            api.patch(token, &path, &json!({"owner": "somebody"})).await,
            api.delete(token, &path).await,
            api.post(token, &format!("{path}/credentials"), &json!({}))
                .await,
            api.post(token, POLICIES, &policy).await,
            api.post(token, "/api/v1/oauth2/token/delegate", &delegation)
                .await,
            api.get(token, "/api/v1/audit").await,
        ];
        for answer in answers {
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (403, "AUTHORIZATION_ERROR"),
                "{}",
                answer.text
            );
        }
        let info = api.get(token, "/agent-info").await;
        assert_eq!(info.code(), "AGENT_NOT_FOUND");
        info.expect(404);
    }

    /// Workflows that no policy speaks of.
    pub(super) async fn strangers(&self, agent: &str) {
        let unknown = "TRUST_POLICY_NOT_FOUND";
        for (repository, reference) in [
            ("acme/other", MAIN),
            ("Acme/agents", MAIN),
            ("mallory/agents", MAIN),
            (REPOSITORY, "refs/tags/main"),
            (REPOSITORY, "refs/pull/7/merge"),
        ] {
            let claims = self.claims(repository, reference);
            let token = self.github.sign(&claims).unwrap();
            self.refused(&token, agent, 403, unknown).await;
        }
        let subject = format!("repo:{REPOSITORY}:pull_request");
        for changes in [
            json!({"sub": subject, "event_name": "pull_request"}),
            json!({"event_name": "pull_request_target"}),
            json!({"repository": "acme/other"}),
            json!({"ref": "refs/heads/other"}),
            // Made again under the old name.
            json!({"repository_id": "7777777"}),
            json!({"repository_owner_id": "7777777"}),
            json!({"repository_id": null, "repository_owner_id": null}),
        ] {
            let token = self.changed(&changes);
            self.refused(&token, agent, 403, unknown).await;
        }
        let claims = self.claims(REPOSITORY, "refs/heads/main/2");
        let token = self.github.sign(&claims).unwrap();
        let refusal = self
            .refused(&token, agent, 403, "TRUST_POLICY_BRANCH_MISMATCH")
            .await;
        assert_eq!(
            refusal["details"],
            json!({"allowed": "main", "provided": "main/2"})
        );
    }

    /// Tokens that GitHub did not sign for us, or not lately.
    pub(super) async fn forgeries(&self, agent: &str) {
        let now = unix_now();
        let times = json!({"iat": now - 1_000, "nbf": now - 1_000, "exp": now - 61});
        let old = self.changed(&times);
        let answer = self
            .exchange(&json!({"token": old, "agentId": agent}))
            .await;
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer error=\"invalid_token\""
        );
        assert_eq!(answer.code(), "OIDC_TOKEN_EXPIRED");
        answer.expect(401);

        let claims = self.claims(REPOSITORY, MAIN);
        let good = self.workflow();
        let (head, signature) = good.rsplit_once('.').unwrap();
        let (header, _) = head.split_once('.').unwrap();
        let other = self.changed(&json!({"jti": "another"}));
        let payload = other.split('.').nth(1).unwrap();
        let impostor = IssuerKey::rsa("key-1").unwrap();
        let elliptic = IssuerKey::ec("key-1").unwrap();
        for token in [
            self.changed(&json!({"aud": "https://github.com/acme"})),
            self.changed(&json!({"aud": null})),
            self.changed(&json!({"iss": "https://token.actions.example"})),
            self.changed(&json!({"nbf": now + 600, "exp": now + 1_200})),
            self.changed(&json!({"exp": null})),
            impostor.sign(&claims).unwrap(),
            elliptic.sign(&claims).unwrap(),
            unsigned(&claims),
            format!("{header}.{payload}.{signature}"),
            format!("{head}."),
            "no.jwt.atall".to_owned(),
        ] {
            self.refused(&token, agent, 401, "OIDC_TOKEN_INVALID").await;
        }
        // None of them has made the good one bad.
        self.acts(agent).await;
    }

    /// Another organization names the same repository.
    pub(super) async fn planted(&self, agent: &str) {
        let credentials = self.installation.admin();
        let platform = self.api().token(&credentials, PLATFORM_SCOPES).await;
        let mallory = self.api().tenant(&platform, "mallory", json!({})).await;
        let admin = self.api().token(&mallory.admin, TENANT_SCOPES).await;
        let planted = self.policy(&admin, "main", None).await;
        let unclear = self.exchange(&json!({"token": self.workflow()})).await;
        assert_eq!(unclear.code(), "TRUST_POLICY_NOT_FOUND");
        unclear.expect(403);
        let named = json!({"token": self.workflow(), "organizationId": self.tenant.id});
        let issued = self.exchange(&named).await.expect(200);
        let token = text(&issued, "access_token");
        let form = [("token", token.as_str())];
        let answer = self
            .api()
            .form(&platform, "/oauth2/introspect", &form)
            .await;
        let answer = answer.expect(200);
        assert_eq!(answer["organization_id"], self.tenant.id.as_str());
        self.acts(agent).await;
        let path = format!("{POLICIES}/{planted}");
        // Not theirs to delete, and theirs.
        let foreign = self.api().delete(&self.admin, &path).await;
        assert_eq!(foreign.code(), "TRUST_POLICY_NOT_FOUND");
        assert_eq!(self.api().delete(&admin, &path).await.status, 204);
        let alone = self.exchange(&json!({"token": self.workflow()})).await;
        assert_eq!(alone.expect(200)["scope"], "agents:write");
    }

    /// GitHub replaces its key; made-up keys lead to no further fetch.
    pub(super) async fn rotates(&mut self, agent: &str) {
        let old = self.workflow();
        self.github
            .rotate(IssuerKey::rsa("key-2").unwrap())
            .unwrap();
        let body = json!({"token": self.workflow(), "agentId": agent});
        self.exchange(&body).await.expect(200);
        self.refused(&old, agent, 401, "OIDC_TOKEN_INVALID").await;
        let fetches = self.github.fetches();
        assert_eq!(fetches, 2);
        let claims = self.claims(REPOSITORY, MAIN);
        for number in 0..20 {
            let key = self.github.key().renamed(&format!("made-up-{number}"));
            let token = key.sign(&claims).unwrap();
            self.refused(&token, agent, 401, "OIDC_TOKEN_INVALID").await;
        }
        assert_eq!(self.github.fetches(), fetches);
    }
}
