//! What a creation may say.

use serde_json::{Value, json};

use super::{ALL, create, listed, wish};
use crate::support::texts::INVALID_BODY;
use crate::support::{Api, Identity, Setup};

const HTTPS: &str = "Must be a valid HTTPS URL.";
const PRIVATE: &str = "Must not point to a private, local or reserved address.";

/// The reason for which one field is refused.
async fn reason(api: &Api, by: &Identity, field: &str, value: Value) -> String {
    let mut body = wish(&ALL);
    body[field] = value;
    let details = create(api, by, &body).await.invalid(INVALID_BODY, &[field]);
    details["reason"].as_str().unwrap().to_owned()
}

/// What is stored of one field.
async fn stored(api: &Api, by: &Identity, field: &str, value: Value) -> Value {
    let mut body = wish(&ALL);
    body[field] = value;
    create(api, by, &body).await.expect(201)[field].take()
}

#[actix_web::test]
async fn every_bad_field_is_named_in_one_answer() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let before = api.event_count(&acme).await;
    let nothing = create(&api, &acme, &json!({})).await;
    let details = nothing.invalid(INVALID_BODY, &["name", "url", "events"]);
    assert_eq!(details["reason"], "This field is required.");
    let body = json!({"name": "", "url": "http://x.example", "events": [], "secret": "x"});
    let bad = create(&api, &acme, &body).await;
    let details = bad.invalid(INVALID_BODY, &["name", "url", "events", "secret"]);
    let reasons: Vec<&str> = details["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["reason"].as_str().unwrap())
        .collect();
    let expected = [
        "Must have between 1 and 256 characters.",
        HTTPS,
        "Must have at least 1 entry.",
        "This field is not known.",
    ];
    assert_eq!(reasons, expected);
    assert!(listed(&api, &acme).await.is_empty());
    assert_eq!(api.event_count(&acme).await, before);
}

#[actix_web::test]
async fn what_the_server_decides_is_not_taken() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for (field, value) in [
        ("id", json!("7f1c0f3e-6d0a-4d1b-9a55-0d6f3b0a7c11")),
        ("organization_id", json!(acme.organization)),
        ("organizationId", json!(acme.organization)),
        ("active", json!(true)),
        ("failure_count", json!(0)),
        ("created_at", json!("2026-03-28T09:00:00.000Z")),
        ("signingSecret", json!("whsec_0")),
        ("signing_secret", json!("whsec_0")),
    ] {
        let reason = reason(&api, &acme, field, value).await;
        assert_eq!(reason, "This field is not known.", "{field}");
    }
    assert!(listed(&api, &acme).await.is_empty());
}

#[actix_web::test]
async fn names_have_1_to_256_characters() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let length = "Must have between 1 and 256 characters.";
    for (bad, expected) in [
        (json!(""), length),
        (json!("x".repeat(257)), length),
        (json!("a\nb"), "Must not contain control characters."),
        (json!("a\u{0}"), "Must not contain the character U+0000."),
        (json!(null), "Must be a string."),
        (json!(1), "Must be a string."),
    ] {
        let shown = bad.to_string();
        assert_eq!(reason(&api, &acme, "name", bad).await, expected, "{shown}");
    }
    for good in [
        json!("x"),
        json!("\u{e4}".repeat(256)),
        json!("' OR 1=1 --"),
    ] {
        assert_eq!(stored(&api, &acme, "name", good.clone()).await, good);
    }
}

#[actix_web::test]
async fn urls_are_plain_https_urls() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let long = format!("https://hooks.acme.example/{}", "x".repeat(2048));
    for bad in [
        "",
        "https://",
        "hooks.acme.example",
        "//hooks.acme.example/",
        "http://hooks.acme.example/",
        "HTTP://hooks.acme.example/",
        "ftp://hooks.acme.example/",
        "file:///etc/passwd",
        "gopher://hooks.acme.example/",
        "https://user@hooks.acme.example/",
        "https://user:secret@hooks.acme.example/",
        "https://:secret@hooks.acme.example/",
        "https://hooks.acme.example/#fragment",
        "https://hooks.acme.example/a b",
        " https://hooks.acme.example/",
        "https://hooks.acme.example/\n",
        "https://[::1",
        "https://hooks.acme.example:99999/",
        long.as_str(),
    ] {
        assert_eq!(reason(&api, &acme, "url", json!(bad)).await, HTTPS, "{bad}");
    }
    for bad in [
        json!(null),
        json!(7),
        json!(["https://hooks.acme.example/"]),
    ] {
        let expected = "Must be a string.";
        assert_eq!(reason(&api, &acme, "url", bad).await, expected);
    }
    assert!(listed(&api, &acme).await.is_empty());
    for good in [
        "https://hooks.acme.example",
        "https://hooks.acme.example:8443/a/b?c=d&e=%20",
        "https://8.8.8.8/hook",
        "https://[2606:4700:4700::1111]/hook",
        "https://localhost.acme.example/",
        "https://m\u{fc}nchen.example/",
    ] {
        // As it was written.
        assert_eq!(stored(&api, &acme, "url", json!(good)).await, good);
    }
}

/// Hosts that never lead to a receiver on the internet.
const PRIVATE_HOSTS: [&str; 38] = [
    // private
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    // loopback, in every notation
    "127.0.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "[::1]",
    // link-local, metadata services
    "169.254.0.1",
    "169.254.169.254",
    "2852039166",
    "100.100.100.200",
    "[fe80::1]",
    "[fd00:ec2::254]",
    // unspecified, multicast, shared, unique local
    "0.0.0.0",
    "0",
    "[::]",
    "224.0.0.1",
    "255.255.255.255",
    "100.64.0.1",
    "[fc00::1]",
    "[ff02::1]",
    // IPv4 within IPv6
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::169.254.169.254]",
    // local names
    "localhost",
    "LOCALHOST",
    "localhost.",
    "api.localhost",
    "printer",
    "db.internal",
    "metadata.google.internal",
    "nas.local",
];

#[actix_web::test]
async fn private_addresses_and_local_names_are_refused() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for host in PRIVATE_HOSTS {
        for rest in ["/", ":8443/hook?x=1"] {
            let url = json!(format!("https://{host}{rest}"));
            assert_eq!(reason(&api, &acme, "url", url).await, PRIVATE, "{host}");
        }
    }
    assert!(listed(&api, &acme).await.is_empty());
}

#[actix_web::test]
async fn the_development_switch_admits_them_but_no_credentials() {
    let mut setup = Setup::default();
    setup.http.webhook_targets.allow_insecure = true;
    let api = setup.start().await;
    let acme = api.organization("acme").await;
    for good in ["http://127.0.0.1:8080/hook", "https://localhost/"] {
        assert_eq!(stored(&api, &acme, "url", json!(good)).await, good);
    }
    let expected = "Must be a valid HTTP or HTTPS URL.";
    for bad in ["ftp://127.0.0.1/", "http://user:secret@127.0.0.1/"] {
        assert_eq!(reason(&api, &acme, "url", json!(bad)).await, expected);
    }
}

#[actix_web::test]
async fn events_are_of_the_ten_types() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let unknown = format!("Each entry must be one of: {}.", ALL.join(", "));
    let array = "Must be an array of strings.";
    for (bad, expected) in [
        (json!([]), "Must have at least 1 entry."),
        (json!(["agent.deleted"]), unknown.as_str()),
        (json!(["agent.created", "*"]), unknown.as_str()),
        (json!(["Agent.Created"]), unknown.as_str()),
        (json!([""]), unknown.as_str()),
        (json!("agent.created"), array),
        (json!(["agent.created", 1]), array),
        (json!([null]), array),
        (json!({"agent.created": true}), array),
        (json!(null), array),
    ] {
        let shown = bad.to_string();
        assert_eq!(
            reason(&api, &acme, "events", bad).await,
            expected,
            "{shown}"
        );
    }
    assert!(listed(&api, &acme).await.is_empty());
    let all = stored(&api, &acme, "events", json!(ALL)).await;
    assert_eq!(all, json!(ALL));
}

#[actix_web::test]
async fn repeated_events_are_kept_once_in_their_order() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let wanted = json!([
        "token.revoked",
        "agent.created",
        "token.revoked",
        "agent.created"
    ]);
    let events = stored(&api, &acme, "events", wanted).await;
    assert_eq!(events, json!(["token.revoked", "agent.created"]));
    assert_eq!(listed(&api, &acme).await[0]["events"], events);
    let many: Vec<&str> = ALL.iter().rev().copied().cycle().take(1000).collect();
    let events = stored(&api, &acme, "events", json!(many)).await;
    let reversed: Vec<&str> = ALL.iter().rev().copied().collect();
    assert_eq!(events, json!(reversed));
}
