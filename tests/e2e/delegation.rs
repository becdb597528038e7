//! Delegations over two replicas: what one of them makes or ends, the other
//! knows at once.

use serde_json::{Value, json};

use crate::harness::{Api, Client, Pair, TENANT_SCOPES, platform_token, text};

const DELEGATE: &str = "/api/v1/oauth2/token/delegate";

/// Two replicas, a delegator and a delegatee with a token each.
struct Stage {
    pair: Pair,
    lender: Client,
    borrower: Client,
}

impl Stage {
    async fn set() -> Option<Self> {
        let pair = Pair::start().await?;
        let (lender, borrower) = (pair.agent("lender").await, pair.agent("borrower").await);
        Some(Self {
            pair,
            lender: lender.client,
            borrower: borrower.client,
        })
    }

    /// Delegates on A, with a token from B.
    async fn delegation(&self) -> Value {
        let token = self.pair.b.api.token(&self.lender, "").await;
        let wish = json!({
            "delegateeAgentId": self.borrower.id, "scopes": ["agents:read"], "ttlSeconds": 3600,
        });
        self.pair
            .a
            .api
            .post(&token, DELEGATE, &wish)
            .await
            .expect(201)
    }

    /// Verifies on a replica, as the delegatee.
    async fn verdict(&self, api: &Api, delegation: &str) -> Value {
        let token = api.token(&self.borrower, "").await;
        verify(api, &token, delegation).await
    }
}

async fn verify(api: &Api, token: &str, delegation: &str) -> Value {
    let shown = json!({"delegationToken": delegation});
    api.post(token, "/api/v1/oauth2/token/verify-delegation", &shown)
        .await
        .expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn are_made_verified_and_revoked_on_different_replicas() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    let (a, b) = (&stage.pair.a.api, &stage.pair.b.api);
    let keys = "SELECT count(*) FROM delegation_keys";
    let database = &stage.pair.installation.database;
    assert_eq!(database.number(keys), 1, "two first starts make one key");

    let chain = stage.delegation().await;
    let shown = text(&chain, "delegationToken");
    assert_eq!(chain["tenantId"], stage.pair.tenant.id.as_str());
    let verdict = stage.verdict(b, &shown).await;
    assert_eq!(verdict["valid"], true, "{verdict}");
    assert_eq!(verdict["chainId"], chain["id"]);
    assert_eq!(verdict["delegatorAgentId"], stage.lender.id.as_str());
    assert_eq!(verdict["delegateeAgentId"], stage.borrower.id.as_str());
    assert_eq!(verdict["scopes"], json!(["agents:read"]));
    assert_eq!(verdict["expiresAt"], chain["expiresAt"]);
    stranger(&stage, &shown).await;
    forged(&stage, &shown).await;

    let path = format!("{DELEGATE}/{}", text(&chain, "id"));
    let token = a.token(&stage.borrower, "").await;
    let refused = a.delete(&token, &path).await;
    assert_eq!(refused.code(), "AUTHORIZATION_ERROR");
    let token = a.token(&stage.lender, "").await;
    assert_eq!(a.delete(&token, &path).await.status, 204);
    // Not even one request.
    let ended = stage.verdict(b, &shown).await;
    assert_eq!(ended["valid"], false, "{ended}");
    assert!(ended["revokedAt"].is_string(), "{ended}");
    assert_eq!(ended["scopes"], json!(["agents:read"]));
    assert_eq!(b.delete(&token, &path).await.status, 204);
    let again = stage.verdict(a, &shown).await;
    assert_eq!(again["revokedAt"], ended["revokedAt"], "the first counts");
}

/// Possession of the token is the permission to ask; another organization may
/// ask and not revoke.
async fn stranger(stage: &Stage, shown: &str) {
    let (installation, b) = (&stage.pair.installation, &stage.pair.b);
    let platform = platform_token(installation, b).await;
    let other = b.api.tenant(&platform, "other", json!({})).await;
    let token = b.api.token(&other.admin, TENANT_SCOPES).await;
    let verdict = verify(&b.api, &token, shown).await;
    assert_eq!(verdict["valid"], true, "{verdict}");
    let id = shown.split('.').next().unwrap();
    let path = format!("{DELEGATE}/{id}");
    let refused = b.api.delete(&token, &path).await;
    assert_eq!(refused.code(), "DELEGATION_NOT_FOUND");
    let beyond = json!({
        "delegateeAgentId": stage.borrower.id, "scopes": ["agents:read"], "ttlSeconds": 60,
    });
    let refused = b.api.post(&token, DELEGATE, &beyond).await;
    assert_eq!(refused.code(), "CROSS_TENANT_DELEGATION");
}

/// A changed token reveals nothing.
async fn forged(stage: &Stage, shown: &str) {
    let mut parts: Vec<String> = shown.split('.').map(str::to_owned).collect();
    assert_eq!(parts.len(), 4, "{shown}");
    let later: i64 = parts[2].parse::<i64>().unwrap() + 1;
    parts[2] = later.to_string();
    let unknown = format!("00000000-0000-4000-8000-00000000abcd{}", &shown[36..]);
    for forged in [parts.join("."), unknown] {
        let verdict = stage.verdict(&stage.pair.b.api, &forged).await;
        assert_eq!(verdict["valid"], false, "{verdict}");
        assert_eq!(verdict["scopes"], json!([]));
        for member in ["chainId", "delegatorAgentId", "issuedAt", "revokedAt"] {
            assert!(verdict[member].is_null(), "{verdict}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn depend_on_both_agents_and_outlive_a_restart() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    let chain = stage.delegation().await;
    let shown = text(&chain, "delegationToken");
    for (agent, other) in [
        (&stage.lender, &stage.borrower),
        (&stage.borrower, &stage.lender),
    ] {
        let (a, b) = (&stage.pair.a.api, &stage.pair.b.api);
        let path = format!("/api/v1/agents/{}", agent.id);
        for (status, valid) in [("suspended", false), ("active", true)] {
            let change = json!({"status": status});
            a.patch(&stage.pair.admin, &path, &change).await.expect(200);
            let token = b.token(other, "").await;
            let verdict = verify(b, &token, &shown).await;
            assert_eq!(verdict["valid"], valid, "{status}: {verdict}");
            assert!(verdict["revokedAt"].is_null(), "{verdict}");
        }
    }

    let stage = Stage {
        pair: stage.pair.restart(),
        ..stage
    };
    for server in [&stage.pair.a, &stage.pair.b] {
        let verdict = stage.verdict(&server.api, &shown).await;
        assert_eq!(verdict["valid"], true, "after a restart: {verdict}");
    }
    let later = stage.delegation().await;
    let verdict = stage
        .verdict(&stage.pair.b.api, &text(&later, "delegationToken"))
        .await;
    assert_eq!(verdict["valid"], true, "{verdict}");
    trail(&stage, &text(&chain, "id")).await;
}

/// Every verification is in the log, the delegation token is not.
async fn trail(stage: &Stage, chain: &str) {
    let (api, admin) = (&stage.pair.a.api, &stage.pair.admin);
    for (action, failed) in [("delegation.created", 0), ("delegation.verified", 2)] {
        let path = format!("/api/v1/audit?action={action}&limit=100");
        let page = api.get(admin, &path).await.expect(200);
        let events = page["data"].as_array().unwrap();
        let of_chain = events
            .iter()
            .filter(|event| event["metadata"]["chainId"] == chain);
        let outcomes: Vec<_> = of_chain.map(|event| &event["outcome"]).collect();
        assert!(!outcomes.is_empty(), "no {action} of {chain} in {page}");
        let count = outcomes.iter().filter(|o| ***o == "failure").count();
        assert_eq!(count, failed, "{action}: {outcomes:?}");
        assert!(!page.to_string().contains(&format!("{chain}.")), "{page}");
    }
    assert!(api.audit_verified(admin).await);
}
