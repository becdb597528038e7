//! One agent's life, and its trail in the audit log.

use serde_json::{Value, json};

use crate::harness::{
    Agent, Api, Client, Installation, PLATFORM_SCOPES, Server, TENANT_SCOPES,
    refused_within_a_second, registration, text,
};

#[tokio::test(flavor = "multi_thread")]
async fn on_the_embedded_store() {
    if let Some(mut installation) = Installation::embedded() {
        installation.unset("OIDC_ISSUER");
        installation.unset("JWT_ALGORITHM");
        journey(installation).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_and_redis() {
    if let Some(installation) = Installation::scaled() {
        journey(installation).await;
    }
}

async fn journey(mut installation: Installation) {
    // With an access log.
    installation.set("APP_ENV", "development");
    let server = installation.start();
    let api = &server.api;
    let platform = api.token(&installation.admin(), PLATFORM_SCOPES).await;
    let tenant = api
        .tenant(&platform, "acme", json!({"planTier": "free"}))
        .await;
    let admin = api.token(&tenant.admin, TENANT_SCOPES).await;
    let agent = registered(api, &admin, &tenant.id).await;

    let token = api.token(&agent.client, "").await;
    introspected(api, &agent, &tenant.id, &token).await;
    let path = format!("/api/v1/agents/{}", agent.client.id);
    let record = api.get(&token, &path).await.expect(200);
    assert_eq!(record["agentId"], agent.client.id.as_str());
    assert_eq!(record["status"], "active");

    let renewed = rotated(api, &token, &agent).await;
    assert!(api.accepts(&token).await, "a rotation must not end tokens");
    api.form(&token, "/api/v1/token/revoke", &[("token", &token)])
        .await
        .expect(200);
    let refused = api.get(&token, &path).await;
    assert_eq!(refused.json()["message"], "Token has been revoked.");
    refused.expect(401);

    suspended(api, &admin, &renewed).await;
    trail(api, &admin, &tenant.id, &agent).await;
    verified(&installation, &server, &admin, &tenant.id).await;
    accessed(&server, &agent);
}

async fn registered(api: &Api, admin: &str, organization: &str) -> Agent {
    let made = api
        .post(
            admin,
            "/api/v1/agents",
            &registration("screener-001@acme.example"),
        )
        .await;
    let made = made.expect(201);
    assert_eq!(made["organizationId"], organization);
    assert_eq!(made["allowedScopes"], json!(["agents:read"]));
    let agent = api.credential(admin, &text(&made, "agentId")).await;
    assert_eq!(agent.client.secret.len(), 72);
    assert!(agent.client.secret.starts_with("sk_live_"));
    agent
}

async fn introspected(api: &Api, agent: &Agent, organization: &str, token: &str) {
    let form = [("token", token)];
    let request = api
        .request(reqwest::Method::POST, "/oauth2/introspect")
        .form(&form);
    let request = request.basic_auth(&agent.client.id, Some(&agent.client.secret));
    let seen = api.send(request).await.unwrap().expect(200);
    assert_eq!(seen["active"], true);
    assert_eq!(seen["client_id"], agent.client.id.as_str());
    assert_eq!(seen["organization_id"], organization);
    assert_eq!(seen["scope"], "agents:read");
}

/// The agent renews its own secret: the old one is dead, the new one works.
async fn rotated(api: &Api, token: &str, agent: &Agent) -> Client {
    let (id, credential) = (&agent.client.id, &agent.credential);
    let path = format!("/api/v1/agents/{id}/credentials/{credential}/rotate");
    let made = api.post(token, &path, &json!({})).await.expect(200);
    assert_eq!(made["credentialId"], credential.as_str());
    let renewed = Client::from_json(&made);
    assert_ne!(renewed.secret, agent.client.secret);
    let refused = api.try_token(&agent.client, "").await.unwrap();
    assert_eq!(refused.json()["error"], "invalid_client");
    refused.expect(401);
    api.token(&renewed, "").await;
    renewed
}

async fn suspended(api: &Api, admin: &str, client: &Client) {
    let outstanding = [api.token(client, "").await, api.token(client, "").await];
    let path = format!("/api/v1/agents/{}", client.id);
    let changed = api
        .patch(admin, &path, &json!({"status": "suspended"}))
        .await
        .expect(200);
    assert_eq!(changed["status"], "suspended");
    for token in &outstanding {
        refused_within_a_second(api, token).await;
    }
    let refused = api.try_token(client, "").await.unwrap();
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "AGENT_SUSPENDED")
    );
}

/// The log of the organization, oldest first, tells all of it.
async fn trail(api: &Api, admin: &str, organization: &str, agent: &Agent) {
    let page = api.get(admin, "/api/v1/audit?limit=100").await.expect(200);
    let mut events: Vec<Value> = page["data"].as_array().unwrap().clone();
    events.reverse();
    let about: Vec<(&str, &str)> = events
        .iter()
        .filter(|event| event["agentId"] == agent.client.id.as_str())
        .map(|event| {
            (
                event["action"].as_str().unwrap(),
                event["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("agent.created", "success"),
        ("credential.generated", "success"),
        ("token.issued", "success"),
        ("token.introspected", "success"),
        ("credential.rotated", "success"),
        ("auth.failed", "failure"),
        ("token.issued", "success"),
    ];
    assert_eq!(about.get(..7), Some(&expected[..]), "{about:?}");
    for action in ["token.revoked", "agent.suspended"] {
        let times = about.iter().filter(|(seen, _)| *seen == action).count();
        assert_eq!(times, 1, "{action} in {about:?}");
    }
    assert_eq!(about.last(), Some(&("auth.failed", "failure")));
    assert_eq!(events[0]["action"], "organization.created");
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event["sequence"], json!(index), "{event}");
        assert_eq!(event["organizationId"], organization);
    }
    assert_eq!(page["total"], json!(events.len()));
    let failed = events.last().unwrap();
    assert_eq!(failed["metadata"]["reason"], "agent_suspended");
    let text = page.to_string();
    assert!(
        !text.contains(&agent.client.secret),
        "a secret is in the log"
    );
}

async fn verified(installation: &Installation, server: &Server, admin: &str, organization: &str) {
    let result = server
        .api
        .get(admin, "/api/v1/audit/verify")
        .await
        .expect(200);
    assert_eq!(result["verified"], true);
    assert_eq!(result["brokenAtEventId"], Value::Null);
    let printed = installation.succeed(&["verify-audit"]);
    assert!(
        printed.contains(&format!("{organization}  intact")),
        "{printed}"
    );
    let one = installation.succeed(&["verify-audit", "--organization", organization]);
    assert!(one.contains("1 audit logs are intact"), "{one}");
    for secret in [installation.admin().secret.as_str(), "BEGIN PRIVATE"] {
        assert!(
            !server.log().contains(secret),
            "a secret is in the log of the server"
        );
    }
}

/// The access log names the patterns of routes, and nothing else of an address.
fn accessed(server: &Server, agent: &Agent) {
    let route = "/api/v1/agents/:id/credentials/:id/rotate";
    server.wait_for_log(route, 0);
    let log = server.log();
    let mut lines = log.lines();
    assert!(lines.any(|line| line.contains("agentidp::access") && line.contains(route)));
    let lines = log.lines().filter(|line| line.contains("agentidp::access"));
    for line in lines {
        for part in [agent.client.id.as_str(), &agent.credential, "limit=100"] {
            assert!(!line.contains(part), "{part} is in the log: {line}");
        }
    }
}
