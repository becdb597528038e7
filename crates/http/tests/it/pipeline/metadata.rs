//! Public metadata: keys and the API description.

use agentidp_domain::token::{Algorithm, RotationKind};
use serde_json::{Value, json};

use crate::support::{Api, Setup};

const JWKS: &str = "/.well-known/jwks.json";

fn members(key: &Value) -> Vec<&str> {
    let mut members: Vec<&str> = key
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    members.sort_unstable();
    members
}

#[actix_web::test]
async fn the_key_set_holds_public_members_only_and_may_be_cached() {
    let cases = [
        (
            Algorithm::Es256,
            "ES256",
            &["alg", "crv", "kid", "kty", "use", "x", "y"][..],
        ),
        (
            Algorithm::Rs256,
            "RS256",
            &["alg", "e", "kid", "kty", "n", "use"],
        ),
    ];
    for (algorithm, name, expected) in cases {
        let api = Setup::algorithm(algorithm).start().await;
        let answer = api.get(JWKS).send().await;
        assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
        let jwks = answer.expect(200);
        assert_eq!(members(&jwks), ["keys"]);
        let keys = jwks["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 2, "current and next");
        for key in keys {
            assert_eq!(members(key), expected);
            assert_eq!((&key["alg"], &key["use"]), (&json!(name), &json!("sig")));
        }
        assert_ne!(keys[0]["kid"], keys[1]["kid"]);
    }
}

#[actix_web::test]
async fn a_retiring_key_stays_until_its_grace_period_is_over() {
    let api = Api::start().await;
    let count = async || {
        api.get(JWKS).send().await.expect(200)["keys"]
            .as_array()
            .unwrap()
            .len()
    };
    api.world.keys.rotate(RotationKind::Normal).await.unwrap();
    assert_eq!(count().await, 3, "current, next and retiring");
    api.pass(86_400);
    assert_eq!(count().await, 2);
}

#[actix_web::test]
async fn the_description_is_served_and_browsable() {
    let api = Api::start().await;
    let served = api.get("/openapi.json").send().await.expect(200);
    assert_eq!(served, agentidp_http::openapi::generate());
    let moved = api.get("/api-docs").send().await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (303, Some("/api-docs/"))
    );
    let page = api.get("/api-docs/").send().await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    // The policy for content allows no inline script.
    for script in html.split("<script").skip(1) {
        let (attributes, rest) = script.split_once('>').unwrap();
        assert!(attributes.contains("src="), "{attributes}");
        assert!(rest.trim_start().starts_with("</script>"));
    }
    let start = api.get("/api-docs/swagger-initializer.js").send().await;
    assert_eq!(start.status, 200);
    assert!(
        String::from_utf8(start.body.to_vec())
            .unwrap()
            .contains("/openapi.json")
    );
}
