//! The limit of failed authentications, which no switch turns off.

use crate::support::texts::{CLIENT_FAILED, TOO_MANY};
use crate::support::{Answer, Api, Identity};

async fn login_from(api: &Api, ip: &str, client: &Identity) -> Answer {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client.agent.as_str()),
        ("client_secret", client.secret.as_str()),
    ];
    api.post("/api/v1/token").from(ip).form(&form).send().await
}

#[track_caller]
fn too_many(api: &Api, answer: &Answer) {
    answer.oauth_refused(
        429,
        "temporarily_unavailable",
        "RATE_LIMIT_EXCEEDED",
        TOO_MANY,
    );
    let wait = answer.number("retry-after");
    assert!((1..=60).contains(&wait));
    assert_eq!(answer.number("x-ratelimit-limit"), 20);
    assert_eq!(answer.number("x-ratelimit-remaining"), 0);
    assert!((0..=60).contains(&(answer.number("x-ratelimit-reset") - api.now())));
    assert!(answer.headers("www-authenticate").is_empty());
}

#[track_caller]
fn failed(answer: &Answer) {
    answer.oauth_refused(401, "invalid_client", "UNAUTHORIZED", CLIENT_FAILED);
}

#[actix_web::test]
async fn a_client_is_guarded_from_all_addresses_and_its_remembered_secret_passes() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let wrong = Identity {
        secret: "wrong".to_owned(),
        ..acme.clone()
    };
    let (credential, fresh) = api.credential(&acme).await;
    login_from(&api, "198.51.100.1", &acme).await.expect(200);
    for index in 0..20 {
        failed(&login_from(&api, &format!("192.0.2.{index}"), &wrong).await);
    }
    too_many(&api, &login_from(&api, "192.0.2.99", &wrong).await);
    // A right secret that was not seen before is not told from a wrong one.
    let unseen = Identity {
        secret: fresh,
        ..acme.clone()
    };
    too_many(&api, &login_from(&api, "192.0.2.99", &unseen).await);
    login_from(&api, "192.0.2.99", &acme).await.expect(200);
    // Others are not concerned.
    let other = api.organization("other").await;
    login_from(&api, "192.0.2.99", &other).await.expect(200);
    assert_eq!(
        api.events(&acme, "auth.failed").await.len(),
        20,
        "a 429 is no failure"
    );
    api.pass(120);
    login_from(&api, "192.0.2.99", &unseen).await.expect(200);
    assert!(!credential.is_empty());
}

#[actix_web::test]
async fn an_address_is_stopped_whomever_it_tries() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for _ in 0..20 {
        failed(&login_from(&api, "192.0.2.1", &acme.stranger()).await);
    }
    too_many(&api, &login_from(&api, "192.0.2.1", &acme.stranger()).await);
    too_many(&api, &login_from(&api, "192.0.2.1", &acme).await);
    failed(&login_from(&api, "192.0.2.2", &acme.stranger()).await);
    login_from(&api, "192.0.2.2", &acme).await.expect(200);
    // Verified meanwhile from elsewhere, its secret now passes everywhere.
    login_from(&api, "192.0.2.1", &acme).await.expect(200);
}

#[actix_web::test]
async fn the_addresses_of_one_ipv6_network_count_together() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for index in 0..20 {
        failed(&login_from(&api, &format!("2001:db8::{index:x}"), &acme.stranger()).await);
    }
    too_many(
        &api,
        &login_from(&api, "2001:db8::ffff", &acme.stranger()).await,
    );
    failed(&login_from(&api, "2001:db8:0:1::1", &acme.stranger()).await);
}

#[actix_web::test]
async fn the_other_endpoints_share_the_count() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let paths = [
        "/api/v1/token/introspect",
        "/oauth2/introspect",
        "/api/v1/token/revoke",
        "/oauth2/revoke",
    ];
    let form = [("token", "x")];
    for index in 0..20 {
        failed(
            &api.post(paths[index % 4])
                .basic(&acme.agent, "wrong")
                .form(&form)
                .send()
                .await,
        );
    }
    for path in paths {
        let answer = api
            .post(path)
            .basic(&acme.agent, "wrong")
            .form(&form)
            .send()
            .await;
        too_many(&api, &answer);
    }
}
