//! The document of the installation.

use agentidp_domain::token::{Algorithm, RotationKind};
use serde_json::{Value, json};

use super::INSTANCE;
use crate::support::{Api, Setup};

async fn get(api: &Api, path: &str) -> Value {
    api.get(path).send().await.expect(200)
}

/// One verification method per key of the key set.
async fn methods(api: &Api) -> Vec<Value> {
    let jwks = get(api, "/.well-known/jwks.json").await;
    let keys = jwks["keys"].as_array().unwrap();
    keys.iter()
        .map(|jwk| {
            let mut public = jwk.clone();
            public.as_object_mut().unwrap().remove("alg");
            json!({
                "id": format!("{INSTANCE}#{}", jwk["kid"].as_str().unwrap()),
                "type": "JsonWebKey2020",
                "controller": INSTANCE,
                "publicKeyJwk": public,
            })
        })
        .collect()
}

#[actix_web::test]
async fn it_is_complete_whatever_the_algorithm() {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        let api = Setup::algorithm(algorithm).start().await;
        let methods = methods(&api).await;
        assert_eq!(methods.len(), 2, "current and next");
        let ids: Vec<&Value> = methods.iter().map(|method| &method["id"]).collect();
        assert_eq!(
            get(&api, "/.well-known/did.json").await,
            json!({
                "@context": [
                    "https://www.w3.org/ns/did/v1",
                    "https://w3id.org/security/suites/jws-2020/v1",
                ],
                "id": INSTANCE,
                "controller": INSTANCE,
                "verificationMethod": methods,
                "authentication": ids,
                "assertionMethod": ids,
                "service": [{
                    "id": format!("{INSTANCE}#agentIdP"),
                    "type": "AgentIdP",
                    "serviceEndpoint": "http://localhost:3000/api/v1",
                }],
            })
        );
    }
}

#[actix_web::test]
async fn it_follows_the_key_set() {
    let api = Api::start().await;
    let rotate = async |kind| api.world.keys.rotate(kind).await.unwrap();
    let shown = async || {
        let mut document = get(&api, "/.well-known/did.json").await;
        let shown = document["verificationMethod"].take();
        assert_eq!(shown, json!(methods(&api).await));
        shown.as_array().unwrap().len()
    };
    rotate(RotationKind::Normal).await;
    assert_eq!(shown().await, 3, "current, next and retiring");
    api.pass(86_400);
    assert_eq!(shown().await, 2);
    rotate(RotationKind::Immediate).await;
    assert_eq!(shown().await, 2);
}
