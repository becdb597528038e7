//! ID tokens as their audience sees them: with the published metadata and
//! keys, and nothing of the server's own.

use agentidp_domain::foreign::{ForeignTokenError, ForeignTokens as _};
use agentidp_domain::token::{Algorithm, RotationKind};
use agentidp_jose::ForeignVerifier;
use serde_json::{Value, json};

use crate::support::{Api, Setup};
use crate::tokens::parts;

async fn get(api: &Api, path: &str) -> Value {
    api.get(path).send().await.expect(200)
}

async fn id_token(api: &Api) -> String {
    let answer = api.login_with(&api.operator, &[("scope", "openid")]).await;
    answer.expect(200)["id_token"].as_str().unwrap().to_owned()
}

async fn verify(api: &Api, token: &str) -> Result<(), ForeignTokenError> {
    let keys = get(api, "/.well-known/jwks.json").await;
    ForeignVerifier.verify(token, &keys)
}

#[actix_web::test]
async fn they_verify_with_what_is_published() {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        let api = Setup::algorithm(algorithm).start().await;
        let metadata = get(&api, "/.well-known/openid-configuration").await;
        let token = id_token(&api).await;
        verify(&api, &token).await.unwrap();
        let (header, claims) = parts(&token);
        let algorithms = metadata["id_token_signing_alg_values_supported"].as_array();
        assert!(algorithms.unwrap().contains(&header["alg"]));
        assert_eq!(header["alg"], algorithm.as_str());
        assert_eq!(claims["iss"], metadata["issuer"]);
        assert_eq!(claims["aud"], json!(api.operator.agent));
        // Every claim that was promised.
        for claim in metadata["claims_supported"].as_array().unwrap() {
            assert!(claims.get(claim.as_str().unwrap()).is_some(), "{claim}");
        }
    }
}

#[actix_web::test]
async fn they_name_the_agent_as_its_document_does() {
    let api = Api::start().await;
    let (_, claims) = parts(&id_token(&api).await);
    let path = format!("/agents/{}/did.json", api.operator.agent);
    assert_eq!(claims["did"], get(&api, &path).await["id"]);
}

#[actix_web::test]
async fn a_rotation_leaves_them_good_and_an_exposed_key_does_not() {
    let api = Api::start().await;
    let old = id_token(&api).await;
    api.world.keys.rotate(RotationKind::Normal).await.unwrap();
    let new = id_token(&api).await;
    assert_ne!(parts(&old).0["kid"], parts(&new).0["kid"]);
    for token in [&old, &new] {
        verify(&api, token).await.unwrap();
    }
    let immediate = RotationKind::Immediate;
    api.world.keys.rotate(immediate).await.unwrap();
    for token in [&old, &new] {
        let verdict = verify(&api, token).await;
        assert_eq!(verdict, Err(ForeignTokenError::UnknownKey));
    }
    let fresh = id_token(&api).await;
    verify(&api, &fresh).await.unwrap();
}
