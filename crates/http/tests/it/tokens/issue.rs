//! What a token request gets.

use agentidp_domain::token::{Algorithm, KeyRing as _, TokenType};
use agentidp_testkit::world::ISSUER;
use serde_json::{Value, json};

use super::parts;
use crate::support::{Answer, Api, Identity, Setup};

const GRANT: [&str; 4] = ["openid", "agents:read", "tokens:read", "audit:read"];

fn field(answer: &Answer, name: &str) -> String {
    answer.expect(200)[name].as_str().unwrap().to_owned()
}

async fn client(api: &Api) -> Identity {
    let acme = api.organization("acme").await;
    api.agent(&acme, "a", &GRANT).await
}

#[actix_web::test]
async fn the_answer_is_a_bearer_token_of_one_hour_that_nobody_caches() {
    let api = Api::start().await;
    let agent = client(&api).await;
    let answer = api
        .login_with(&agent, &[("scope", "audit:read agents:read")])
        .await;
    answer.not_cached();
    let mut body = answer.expect(200);
    let token = body
        .as_object_mut()
        .unwrap()
        .remove("access_token")
        .unwrap();
    assert_eq!(
        body,
        json!({"token_type": "Bearer", "expires_in": 3600, "scope": "agents:read audit:read"})
    );
    let (header, mut claims) = parts(token.as_str().unwrap());
    let jwks = api.get("/.well-known/jwks.json").send().await.expect(200);
    let kids: Vec<&Value> = jwks["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["kid"])
        .collect();
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("ES256"), &json!("at+jwt"))
    );
    assert!(kids.contains(&&header["kid"]));
    assert_eq!(header.as_object().unwrap().len(), 3);
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(
        jti.as_str()
            .unwrap()
            .parse::<uuid::Uuid>()
            .unwrap()
            .get_version_num(),
        4
    );
    let expected = json!({
        "iss": ISSUER, "aud": ISSUER, "sub": agent.agent, "client_id": agent.agent,
        "scope": "agents:read audit:read", "organization_id": agent.organization,
        "iat": api.now(), "exp": api.now() + 3600,
    });
    assert_eq!(claims, expected);
    let again = field(&api.login(&agent).await, "access_token");
    assert_ne!(
        parts(&again).1["jti"],
        jti,
        "every request signs a new token"
    );
}

#[actix_web::test]
async fn the_algorithm_is_that_of_the_key() {
    let api = Setup::algorithm(Algorithm::Rs256).start().await;
    let operator = api.operator.clone();
    let token = api.issued(&operator, "agents:read openid").await;
    assert_eq!(parts(&token).0["alg"], "RS256");
    api.get(&operator.path())
        .bearer(&token)
        .send()
        .await
        .expect(200);
}

#[actix_web::test]
async fn without_a_wish_it_is_reading_agents_else_the_whole_grant() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let cases: [(&str, &[&str], &str); 3] = [
        ("reader", &["tokens:read", "agents:read"], "agents:read"),
        (
            "auditor",
            &["webhooks:read", "audit:read"],
            "audit:read webhooks:read",
        ),
        ("opener", &["openid"], "openid"),
    ];
    for (name, grant, expected) in cases {
        let agent = api.agent(&acme, name, grant).await;
        for more in [&[][..], &[("scope", "")]] {
            let answer = api.login_with(&agent, more).await;
            assert_eq!(field(&answer, "scope"), expected, "{name}");
            assert_eq!(parts(&field(&answer, "access_token")).1["scope"], expected);
        }
    }
}

#[actix_web::test]
async fn a_wish_is_granted_exactly_and_duplicates_collapse() {
    let api = Api::start().await;
    let agent = client(&api).await;
    let wishes = [
        ("audit:read", "audit:read"),
        ("audit:read tokens:read", "tokens:read audit:read"),
        ("agents:read agents:read", "agents:read"),
    ];
    for (wish, granted) in wishes {
        let answer = api.login_with(&agent, &[("scope", wish)]).await;
        assert_eq!(field(&answer, "scope"), granted);
        assert!(answer.json().get("id_token").is_none());
    }
}

#[actix_web::test]
async fn openid_brings_an_id_token_about_the_agent() {
    let api = Api::start().await;
    let agent = client(&api).await;
    for nonce in [None, Some("n-0S6_WzA2Mj"), Some("ä\u{1f600} +&=")] {
        let mut more = vec![("scope", "openid agents:read")];
        more.extend(nonce.map(|nonce| ("nonce", nonce)));
        let answer = api.login_with(&agent, &more).await;
        let id_token = field(&answer, "id_token");
        let verified = api
            .world
            .ring
            .verify(TokenType::IdToken, &id_token, api.world.ports.now());
        let claims: Value = serde_json::from_slice(&verified.unwrap().payload).unwrap();
        let mut expected = json!({
            "iss": ISSUER, "sub": agent.agent, "aud": agent.agent,
            "iat": api.now(), "exp": api.now() + 3600,
            "agent_type": "screener", "deployment_env": "production",
            "organization_id": agent.organization,
            "did": format!("did:web:localhost%3A3000:agents:{}", agent.agent),
        });
        if let Some(nonce) = nonce {
            expected["nonce"] = json!(nonce);
        }
        assert_eq!(claims, expected);
        let (header, _) = parts(&id_token);
        assert_eq!(header["typ"], "JWT");
        let (of_access, _) = parts(&field(&answer, "access_token"));
        assert_eq!(header["kid"], of_access["kid"]);
        // It is not an access token.
        api.get(&agent.path())
            .bearer(&id_token)
            .send()
            .await
            .expect(401);
    }
    let without = api
        .login_with(&agent, &[("scope", "agents:read"), ("nonce", "n")])
        .await;
    assert!(without.expect(200).get("id_token").is_none());
}

#[actix_web::test]
async fn alias_json_and_basic_are_other_ways_to_the_same() {
    let api = Api::start().await;
    let agent = client(&api).await;
    let (id, secret) = (agent.agent.as_str(), agent.secret.as_str());
    let body = json!({"grant_type": "client_credentials", "client_id": id,
        "client_secret": secret, "scope": "audit:read", "nonce": null});
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "audit:read"),
    ];
    let full = [&form[..], &[("client_id", id), ("client_secret", secret)]].concat();
    for path in ["/api/v1/token", "/oauth2/token"] {
        let answers = [
            api.post(path).json(&body).send().await,
            api.post(path).form(&full).send().await,
            api.post(path).basic(id, secret).form(&form).send().await,
            api.post(path).basic(id, secret).form(&full).send().await,
        ];
        for answer in answers {
            assert_eq!(field(&answer, "scope"), "audit:read");
            answer.not_cached();
        }
    }
    // 8 tokens and one event for each.
    assert_eq!(api.events(&agent, "token.issued").await.len(), 8);
}

#[actix_web::test]
async fn an_issued_token_is_audited_before_the_answer() {
    let api = Api::start().await;
    let agent = client(&api).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "agents:read"),
    ];
    let call = api
        .post("/api/v1/token")
        .basic(&agent.agent, &agent.secret)
        .form(&form);
    call.from("198.51.100.9")
        .header("user-agent", "bot/1")
        .send()
        .await
        .expect(200);
    let event = api.events(&agent, "token.issued").await.pop().unwrap();
    let expires = api.world.ports.now().unix_seconds() + 3600;
    let expires = agentidp_domain::time::Timestamp::from_unix_millis(expires * 1000).unwrap();
    assert_eq!(event["agentId"], json!(agent.agent));
    assert_eq!(
        event["metadata"],
        json!({"scope": "agents:read", "expiresAt": expires})
    );
    assert_eq!(
        (&event["ipAddress"], &event["userAgent"]),
        (&json!("198.51.100.9"), &json!("bot/1"))
    );
}
