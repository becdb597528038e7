//! The key set.

use agentidp_domain::token::{Algorithm, RotationKind};
use serde_json::{Value, json};

use crate::support::{Answer, Api, Setup};

async fn get(api: &Api) -> Answer {
    api.get("/.well-known/jwks.json").send().await
}

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
async fn it_holds_public_members_only_and_may_be_cached() {
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
        let answer = get(&api).await;
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
        get(&api).await.expect(200)["keys"]
            .as_array()
            .unwrap()
            .len()
    };
    api.world.keys.rotate(RotationKind::Normal).await.unwrap();
    assert_eq!(count().await, 3, "current, next and retiring");
    api.pass(86_400);
    assert_eq!(count().await, 2);
}
