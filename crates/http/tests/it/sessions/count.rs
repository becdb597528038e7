//! Sessions are no tokens: they cost nothing.

use serde_json::json;

use super::sign_in;
use crate::support::Api;

#[actix_web::test]
async fn they_do_not_count_for_the_monthly_limit_and_begin_beyond_it() {
    let api = Api::start().await;
    let settings = json!({"maxTokensPerMonth": 2});
    let acme = api.organization_with("acme", settings).await;
    for _ in 0..3 {
        sign_in(&api, &acme).await;
    }
    for _ in 0..2 {
        api.login(&acme).await.expect(200);
    }
    api.login(&acme).await.expect(403);
    sign_in(&api, &acme).await;
    assert_eq!(api.events(&acme, "token.issued").await.len(), 6);
}

#[actix_web::test]
async fn they_are_no_usage() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    sign_in(&api, &acme).await;
    api.login(&acme).await.expect(200);
    sign_in(&api, &acme).await;
    let token = api.token(&acme, "");
    let call = api.get("/api/v1/billing/usage").bearer(&token);
    assert_eq!(call.send().await.expect(200)["tokensIssued"], 1);
}
