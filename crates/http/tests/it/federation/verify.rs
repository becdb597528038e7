//! Verification: what a trustworthy token gives.

use agentidp_testkit::issuer::{FakeIssuer, IssuerKey};
use serde_json::{Value, json};

use super::{
    ISSUER, VERIFY, claims, partner, register, registration, registration_as, verify, verify_by,
    verify_with, with,
};
use crate::support::texts::TOKEN_FORGED;
use crate::support::{Api, TENANT_SCOPES};

#[actix_web::test]
async fn tokens_of_rsa_and_ec_partners_are_valid() {
    let api = Api::start().await;
    for (issuer, key) in [
        ("https://rsa.example", IssuerKey::rsa("r").unwrap()),
        ("https://ec.example/realms/a", IssuerKey::ec("e").unwrap()),
    ] {
        let idp = FakeIssuer::with(key).unwrap();
        let body = registration_as(&idp, issuer);
        register(&api, &body).await.expect(201);
        let more = json!({
            "iss": issuer,
            "organization_id": "org-partner",
            "roles": ["a", {"b": [1, 2.5, null]}],
        });
        let claims = with(claims(&api), &more);
        let answer = verify(&api, &idp.sign(&claims).unwrap()).await;
        assert_eq!(
            answer.expect(200),
            json!({
                "valid": true,
                "issuer": issuer,
                "subject": "agent-7@partner.example",
                "organization_id": "org-partner",
                "claims": claims,
            })
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        // The keys that the registration fetched serve.
        assert_eq!(idp.fetches(), 1);
    }
}

#[actix_web::test]
async fn what_the_token_does_not_claim_is_not_answered() {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    for more in [json!({}), json!({"organization_id": 7})] {
        let answer = verify_with(&api, &idp, &more).await.expect(200);
        assert_eq!(answer.as_object().unwrap().len(), 4);
        assert_eq!(answer.get("organization_id"), None);
    }
    let nameless = json!({"sub": null});
    let answer = verify_with(&api, &idp, &nameless).await.expect(200);
    assert_eq!(answer["subject"], "");
}

#[actix_web::test]
async fn any_agent_with_agents_read_may_ask() {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    let acme = api.organization("acme").await;
    let token = idp.sign(&claims(&api)).unwrap();
    let body = json!({"token": token, "expected_issuer": ISSUER});
    verify_by(&api, &acme, &body).await.expect(200);
    let clerk = api.silent_agent(&acme, "a", &["agents:read"]).await;
    verify_by(&api, &clerk, &body).await.expect(200);
    let others = TENANT_SCOPES.replace("agents:read ", "");
    let bearer = api.token(&acme, &others);
    let call = api.post(VERIFY).bearer(&bearer).json(&body);
    call.send().await.scope_missing("agents:read");
    api.post(VERIFY).json(&body).send().await.expect(401);
}

#[actix_web::test]
async fn a_partners_token_opens_nothing() {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    let acme = api.organization("acme").await;
    // As good an access token as the partner can make.
    let own = api.claims(&acme, "agents:read");
    for claims in [
        claims(&api),
        own.clone(),
        with(own, &json!({"iss": ISSUER})),
    ] {
        let kid = json!({"alg": "RS256", "typ": "at+jwt", "kid": "key-1"});
        for token in [
            idp.sign(&claims).unwrap(),
            idp.key().sign_with(&kid, &claims).unwrap(),
        ] {
            let answer = api.get(&acme.path()).bearer(&token).send().await;
            answer.refused(401, "UNAUTHORIZED", TOKEN_FORGED);
            let form = [("token", token.as_str())];
            let asker = api.token(&acme, "tokens:read");
            let call = api.post("/api/v1/token/introspect").bearer(&asker);
            let answer: Value = call.form(&form).send().await.expect(200);
            assert_eq!(answer, json!({"active": false}));
        }
    }
}

#[actix_web::test]
async fn our_own_tokens_are_no_tokens_of_a_partner() {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    let acme = api.organization("acme").await;
    let own = api.token(&acme, "agents:read");
    super::unknown_issuer(&verify(&api, &own).await);
}
