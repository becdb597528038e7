//! The decision sequence of a token request, up to the look at the client.

use serde_json::json;

use crate::support::texts::{CLIENT_FAILED, MEDIA_TYPE, TOO_LARGE};
use crate::support::{Answer, Api, Identity};

const PATHS: [&str; 2] = ["/api/v1/token", "/oauth2/token"];
const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const FORM: &str = "application/x-www-form-urlencoded";
const UNKNOWN_SCOPE: &str = "At least one requested scope is unknown.";

fn invalid_request(answer: &Answer, message: &str) -> serde_json::Value {
    answer.oauth_refused(400, "invalid_request", "VALIDATION_ERROR", message)
}

#[actix_web::test]
async fn the_grant_type_is_looked_at_first() {
    let api = Api::start().await;
    for path in PATHS {
        let message = "The 'grant_type' field is required.";
        for form in [
            &[][..],
            &[("grant_type", "")],
            &[("scope", "a  b"), ("scope", "c")],
        ] {
            invalid_request(&api.post(path).form(form).send().await, message);
        }
        invalid_request(&api.post(path).send().await, message);
        invalid_request(&api.post(path).json(&json!({})).send().await, message);
        for grant_type in [
            "password",
            "refresh_token",
            "Client_Credentials",
            "client_credentials ",
        ] {
            let form = [
                ("grant_type", grant_type),
                ("refresh_token", "x"),
                ("scope", "a  b"),
                ("nonce", "x"),
                ("nonce", "y"),
            ];
            api.post(path).form(&form).send().await.oauth_refused(
                400,
                "unsupported_grant_type",
                "VALIDATION_ERROR",
                "Only the grant type 'client_credentials' is supported.",
            );
        }
    }
}

#[actix_web::test]
async fn every_malformed_parameter_is_named_in_one_answer() {
    let api = Api::start().await;
    let long = "n".repeat(256);
    let form = [
        GRANT,
        ("client_id", "a"),
        ("client_id", "a"),
        ("scope", "root  agents:read"),
        ("nonce", long.as_str()),
    ];
    for path in PATHS {
        let details = invalid_request(
            &api.post(path).form(&form).send().await,
            "client_id: Must not be repeated. nonce: Must have between 1 and 255 characters. \
             scope: Must be scope names separated by single spaces.",
        );
        let errors = details["errors"].as_array().unwrap();
        let fields: Vec<_> = errors
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert_eq!(fields, ["client_id", "nonce", "scope"]);
        assert_eq!(
            (&details["field"], &details["reason"]),
            (&errors[0]["field"], &errors[0]["reason"])
        );
    }
    for scope in [
        " agents:read",
        "agents:read ",
        "a\tb",
        "a\"b",
        "a\\b",
        "\u{e4}",
    ] {
        let answer = api
            .post(PATHS[0])
            .form(&[GRANT, ("scope", scope)])
            .send()
            .await;
        invalid_request(
            &answer,
            "scope: Must be scope names separated by single spaces.",
        );
    }
    for name in ["client_secret", "scope", "nonce"] {
        let answer = api
            .post(PATHS[0])
            .form(&[GRANT, (name, "x"), (name, "x")])
            .send()
            .await;
        invalid_request(&answer, &format!("{name}: Must not be repeated."));
    }
    let answer = api.post(PATHS[0]).form(&[GRANT, GRANT]).send().await;
    invalid_request(&answer, "grant_type: Must not be repeated.");
}

#[actix_web::test]
async fn unknown_scopes_are_refused_before_any_look_up() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let wrong = Identity {
        secret: "sk_live_wrong".to_owned(),
        ..acme.clone()
    };
    for scope in ["root", "agents:read root", "AGENTS:READ", "*"] {
        for client in [&acme, &wrong, &acme.stranger()] {
            let answer = api.login_with(client, &[("scope", scope)]).await;
            answer.oauth_refused(400, "invalid_scope", "VALIDATION_ERROR", UNKNOWN_SCOPE);
        }
    }
    assert!(api.events(&acme, "auth.failed").await.is_empty());
    assert!(api.events(&api.operator, "auth.failed").await.is_empty());
}

#[actix_web::test]
async fn scopes_outside_the_grant_are_refused_after_authentication() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    for scope in ["agents:read audit:read", "audit:read", "admin:orgs"] {
        let refused = scope.strip_prefix("agents:read ").unwrap_or(scope);
        let answer = api.login_with(&agent, &[("scope", scope)]).await;
        let message = format!("The agent has not been granted: {refused}.");
        answer.oauth_refused(400, "invalid_scope", "VALIDATION_ERROR", &message);
    }
    assert!(api.events(&acme, "token.issued").await.is_empty());
    let wrong = Identity {
        secret: acme.secret.clone(),
        ..agent
    };
    let answer = api.login_with(&wrong, &[("scope", "audit:read")]).await;
    answer.oauth_refused(401, "invalid_client", "UNAUTHORIZED", CLIENT_FAILED);
}

#[actix_web::test]
async fn unknown_parameters_are_ignored_whatever_they_are() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let more = [
        ("resource", "x"),
        ("resource", "y"),
        ("audience", ""),
        ("", ""),
    ];
    api.login_with(&acme, &more).await.expect(200);
    let body = json!({"grant_type": "client_credentials", "client_id": acme.agent,
        "client_secret": acme.secret, "resource": [1, {"a": null}], "organization_id": 7});
    api.post(PATHS[0]).json(&body).send().await.expect(200);
}

#[actix_web::test]
async fn credentials_in_the_query_string_are_never_read() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = format!(
        "/api/v1/token?client_id={}&client_secret={}",
        acme.agent, acme.secret
    );
    let answer = api.post(&path).form(&[GRANT]).send().await;
    answer.oauth_refused(401, "invalid_client", "UNAUTHORIZED", CLIENT_FAILED);
    let path = format!("{path}&grant_type=client_credentials");
    let answer = api.post(&path).send().await;
    invalid_request(&answer, "The 'grant_type' field is required.");
}

#[actix_web::test]
async fn bodies_are_forms_or_json_objects_of_texts() {
    let api = Api::start().await;
    for path in PATHS {
        let send = |media_type: &'static str, body: &'static [u8]| {
            api.post(path).raw(media_type, body).send()
        };
        for media_type in [
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/xml",
            "",
        ] {
            let answer = send(media_type, b"grant_type=client_credentials").await;
            answer.oauth_refused(415, "invalid_request", "UNSUPPORTED_MEDIA_TYPE", MEDIA_TYPE);
        }
        for body in [
            &b"grant_type=%ff"[..],
            b"\xff=1",
            b"grant_type=client_credentials&x=\xc3\x28",
        ] {
            invalid_request(&send(FORM, body).await, "The form is not valid UTF-8.");
        }
        for body in [&b"{"[..], b"[]", b"\"x\"", b"{\"grant_type\": \"\xff\"}"] {
            let answer = send("application/json", body).await;
            invalid_request(&answer, "The body is not a valid JSON object.");
        }
        let body = br#"{"grant_type": "client_credentials", "client_id": 7, "scope": ["openid"]}"#;
        let answer = send("application/json", body).await;
        invalid_request(
            &answer,
            "client_id: Must be a string. scope: Must be a string.",
        );
        let large = "x=".to_owned() + &"y".repeat(100 * 1024);
        let answer = api.post(path).raw(FORM, large).send().await;
        answer.oauth_refused(413, "invalid_request", "PAYLOAD_TOO_LARGE", TOO_LARGE);
    }
    let acme = api.organization("acme").await;
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        acme.agent, acme.secret
    );
    let upper = "Application/X-WWW-Form-URLEncoded; charset=UTF-8";
    api.post(PATHS[0]).raw(upper, form).send().await.expect(200);
}

#[actix_web::test]
async fn a_nonce_has_up_to_255_characters() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let longest = "\u{e4}".repeat(255);
    api.login_with(&acme, &[("nonce", &longest), ("scope", "openid")])
        .await
        .expect(200);
    api.login_with(&acme, &[("nonce", "")]).await.expect(200);
    let answer = api.login_with(&acme, &[("nonce", &(longest + "x"))]).await;
    invalid_request(&answer, "nonce: Must have between 1 and 255 characters.");
}
