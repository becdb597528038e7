//! Redirect to HTTPS.

use crate::support::{Answer, Api, Call, Setup};

async fn enforcing() -> Api {
    let mut setup = Setup::default();
    setup.http.enforce_tls = true;
    setup.http.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
    setup.start().await
}

async fn send(call: Call<'_>) -> Answer {
    call.header("host", "idp.example:8443").send().await
}

#[track_caller]
fn redirected(answer: &Answer, path: &str) {
    assert_eq!(answer.status, 301, "{answer:?}");
    let target = format!("https://idp.example:8443{path}");
    assert_eq!(answer.header("location"), Some(target.as_str()));
    assert!(answer.body.is_empty());
}

#[actix_web::test]
async fn plain_requests_are_sent_to_the_same_url_over_https() {
    let api = enforcing().await;
    for (method, path) in [
        ("GET", "/api/v1/agents?page=2&x=%20"),
        ("POST", "/api/v1/token"),
        ("GET", "/nothing"),
        ("GET", "/openapi.json"),
        ("GET", "/"),
        ("GET", "/health/other"),
        ("GET", "/.well-known/jwks.json"),
    ] {
        redirected(&send(api.call(method, path)).await, path);
        redirected(&send(api.call(method, path).from("10.1.2.3")).await, path);
    }
}

#[actix_web::test]
async fn only_a_trusted_proxy_says_that_it_was_https() {
    let api = enforcing().await;
    let path = "/.well-known/jwks.json";
    let ask = |peer: &'static str, proto: &'static str| {
        send(api.get(path).from(peer).header("x-forwarded-proto", proto))
    };
    for proxy in ["10.1.2.3", "fd00::1", "::ffff:10.1.2.3"] {
        for proto in ["https", "HTTPS"] {
            assert_eq!(ask(proxy, proto).await.status, 200, "{proxy}");
        }
        for proto in ["http", "", "wss", "https2"] {
            redirected(&ask(proxy, proto).await, path);
        }
    }
    redirected(&ask("203.0.113.7", "https").await, path);
    redirected(&ask("11.0.0.1", "https").await, path);
}

#[actix_web::test]
async fn probes_are_exempt() {
    let api = enforcing().await;
    for path in ["/health", "/health/detailed", "/metrics"] {
        assert_eq!(send(api.get(path)).await.status, 200);
    }
}

#[actix_web::test]
async fn strangers_do_not_choose_where_a_redirect_leads() {
    let api = enforcing().await;
    let call = api.get("/x").header("x-forwarded-host", "evil.example");
    redirected(
        &send(call.header("forwarded", "host=evil.example;proto=https")).await,
        "/x",
    );
    let proxied = api
        .get("/x")
        .from("10.1.2.3")
        .header("x-forwarded-host", "public.example");
    let answer = send(proxied.header("forwarded", "host=evil.example")).await;
    assert_eq!(answer.header("location"), Some("https://public.example/x"));
}

#[actix_web::test]
async fn without_enforcement_nothing_is_redirected() {
    let api = Api::start().await;
    assert_eq!(send(api.get("/.well-known/jwks.json")).await.status, 200);
}
