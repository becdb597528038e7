//! Two replicas over one database and one Redis: what one of them ends, the
//! other refuses within a second.

use serde_json::json;

use crate::harness::{
    Api, Client, HEAVY, PLATFORM_SCOPES, Pair, TENANT_SCOPES, refused_within_a_second,
};

async fn no_more_tokens(api: &Api, client: &Client, status: u16) {
    let answer = api.try_token(client, "").await.unwrap();
    assert_eq!(answer.status, status, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuse_what_another_one_ended() {
    let Some(pair) = Pair::start().await else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let (a, b) = (&pair.a.api, &pair.b.api);

    let agent = pair.agent("revoked").await;
    let token = pair.token(&agent.client).await;
    a.revoke(&token).await;
    let after = refused_within_a_second(b, &token).await;
    println!("revoked token refused after {after:?}");

    let token = pair.token(&agent.client).await;
    let path = format!("/api/v1/agents/{}", agent.client.id);
    a.patch(&pair.admin, &path, &json!({"status": "suspended"}))
        .await
        .expect(200);
    no_more_tokens(b, &agent.client, 403).await;
    let after = refused_within_a_second(b, &token).await;
    println!("token of a suspended agent refused after {after:?}");
    a.patch(&pair.admin, &path, &json!({"status": "active"}))
        .await
        .expect(200);
    assert!(
        !b.accepts(&token).await,
        "reactivation must not revive a token"
    );

    let agent = pair.agent("last").await;
    let token = pair.token(&agent.client).await;
    let path = format!(
        "/api/v1/agents/{}/credentials/{}",
        agent.client.id, agent.credential
    );
    assert_eq!(a.delete(&pair.admin, &path).await.status, 204);
    no_more_tokens(b, &agent.client, 401).await;
    let after = refused_within_a_second(b, &token).await;
    println!("token without a credential refused after {after:?}");

    let agent = pair.agent("organization").await;
    let token = pair.token(&agent.client).await;
    let platform = a.token(&pair.installation.admin(), PLATFORM_SCOPES).await;
    let path = format!("/api/v1/organizations/{}", pair.tenant.id);
    a.patch(&platform, &path, &json!({"status": "suspended"}))
        .await
        .expect(200);
    no_more_tokens(b, &agent.client, 403).await;
    let after = refused_within_a_second(b, &token).await;
    println!("token of a suspended organization refused after {after:?}");
    assert!(!b.accepts(&pair.admin).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn follow_operator_commands_and_rotated_secrets() {
    let Some(pair) = Pair::start().await else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let (a, b) = (&pair.a.api, &pair.b.api);
    let agent = pair.agent("operated").await;
    for target in [
        ["--agent", &agent.client.id],
        ["--organization", &pair.tenant.id],
    ] {
        let token = pair.token(&agent.client).await;
        pair.installation
            .succeed(&["revoke-tokens", target[0], target[1]]);
        for api in [a, b] {
            refused_within_a_second(api, &token).await;
        }
        assert!(
            b.accepts(&pair.token(&agent.client).await).await,
            "new ones can be obtained"
        );
    }

    let admin = a.token(&pair.tenant.admin, TENANT_SCOPES).await;
    let before = pair.token(&agent.client).await;
    let path = format!(
        "/api/v1/agents/{}/credentials/{}/rotate",
        agent.client.id, agent.credential
    );
    let made = a.post(&admin, &path, &json!({})).await.expect(200);
    // No grace period: not even one request.
    no_more_tokens(b, &agent.client, 401).await;
    no_more_tokens(a, &agent.client, 401).await;
    b.token(&Client::from_json(&made), "").await;
    assert!(b.accepts(&before).await, "a rotation must not end tokens");
}
