//! Whose address is recorded and limited.

use actix_web::test::TestRequest;

use crate::support::{Api, Identity, Setup};

async fn behind(proxies: &[&str]) -> Api {
    let mut setup = Setup::default();
    setup.http.trusted_proxies = proxies
        .iter()
        .map(|network| network.parse().unwrap())
        .collect();
    setup.start().await
}

/// The address that a failed login from `peer` is recorded with.
async fn recorded(api: &Api, peer: &str, forwarded: &[&str]) -> String {
    let nobody = api.operator.stranger();
    let mut call = api.post("/api/v1/token").from(peer).form(&[
        ("grant_type", "client_credentials"),
        ("client_id", &nobody.agent),
        ("client_secret", "x"),
    ]);
    for value in forwarded {
        call = call.header("x-forwarded-for", value);
    }
    call.send().await.expect(401);
    newest(api, &api.operator).await
}

async fn newest(api: &Api, of: &Identity) -> String {
    let event = api.events(of, "auth.failed").await.pop().unwrap();
    event["ipAddress"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn strangers_cannot_choose_their_address() {
    let api = behind(&[]).await;
    assert_eq!(
        recorded(&api, "203.0.113.7", &["1.1.1.1"]).await,
        "203.0.113.7"
    );
    assert_eq!(recorded(&api, "127.0.0.1", &["1.1.1.1"]).await, "127.0.0.1");
    let api = behind(&["10.0.0.0/8"]).await;
    assert_eq!(
        recorded(&api, "203.0.113.7", &["1.1.1.1"]).await,
        "203.0.113.7"
    );
    assert_eq!(recorded(&api, "11.0.0.1", &["1.1.1.1"]).await, "11.0.0.1");
}

#[actix_web::test]
async fn behind_proxies_it_is_the_last_hop_that_is_none() {
    let api = behind(&["10.0.0.0/8", "2001:db8:f::/48"]).await;
    let cases: [(&[&str], &str); 9] = [
        (&[], "10.0.0.1"),
        (&["198.51.100.1"], "198.51.100.1"),
        (&["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        (&["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
        (&["1.1.1.1,198.51.100.1 , 10.9.9.9"], "198.51.100.1"),
        (&["10.9.9.9, 10.8.8.8"], "10.9.9.9"),
        (&["2001:db8::9, 2001:db8:f::1"], "2001:db8::9"),
        (&["nonsense"], "10.0.0.1"),
        (&["::ffff:198.51.100.1"], "198.51.100.1"),
    ];
    for (forwarded, expected) in cases {
        assert_eq!(
            recorded(&api, "10.0.0.1", forwarded).await,
            expected,
            "{forwarded:?}"
        );
    }
    assert_eq!(
        recorded(&api, "::ffff:10.0.0.1", &["198.51.100.1"]).await,
        "198.51.100.1"
    );
}

#[actix_web::test]
async fn an_unknown_address_is_zero() {
    let api = Api::start().await;
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret=x",
        api.operator.agent
    );
    let request = TestRequest::post()
        .uri("/api/v1/token")
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload(form);
    api.answer(request).await.expect(401);
    assert_eq!(newest(&api, &api.operator).await, "0.0.0.0");
}
