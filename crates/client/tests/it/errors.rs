//! What a call fails with.

use std::net::TcpListener;
use std::time::Duration;

use sentryagent_idp::{AgentIdPClient, AgentIdPError};
use serde_json::json;

use crate::support::{ID, Mock, Reply, SECRET};

/// How a call ends that is answered in this way.
async fn answered(reply: fn() -> Reply) -> AgentIdPError {
    let mock = Mock::api(move |_| reply());
    mock.client().agents().get_agent(ID).await.unwrap_err()
}

#[tokio::test]
async fn a_refusal_has_code_status_message_and_details() {
    let error = answered(|| {
        let details = json!({"requiredScopes": ["agents:read"]});
        let body = json!({"code": "FORBIDDEN", "message": "No.", "details": details});
        Reply::json(403, &body)
    })
    .await;
    let AgentIdPError::Api {
        status,
        code,
        message,
        details,
        body,
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!(
        (*status, code.as_str(), message.as_str()),
        (403, "FORBIDDEN", "No.")
    );
    assert_eq!(
        details.as_ref().unwrap()["requiredScopes"][0],
        "agents:read"
    );
    assert_eq!(error.details(), details.as_deref());
    assert_eq!(error.body(), Some(&**body));
    assert!(body.contains("\"message\":\"No.\""), "{body}");
}

#[tokio::test]
async fn too_many_requests_tell_how_long_to_wait_and_are_not_repeated() {
    let mock = Mock::api(|_| Reply::refused(429, "RATE_LIMIT_EXCEEDED").with("Retry-After", "17"));
    let error = mock.client().agents().get_agent(ID).await.unwrap_err();
    let AgentIdPError::RateLimited { retry_after, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(retry_after, Some(17));
    mock.only();
}

#[tokio::test]
async fn trouble_of_the_server_is_told_and_not_repeated() {
    let mock = Mock::api(|_| Reply::text(502, "<html>bad gateway</html>"));
    let error = mock.client().agents().get_agent(ID).await.unwrap_err();
    assert_eq!(
        (error.code(), error.http_status()),
        ("HTTP_ERROR", Some(502))
    );
    mock.only();
}

#[tokio::test]
async fn a_refusal_of_the_token_endpoint_is_one_of_authentication() {
    let body = || {
        json!({
            "error": "invalid_scope", "error_description": "The agent has not been granted: x.",
        })
    };
    let mock = Mock::new(move |_| Reply::json(400, &body()));
    let error = mock.client().agents().get_agent(ID).await.unwrap_err();
    assert!(
        matches!(error, AgentIdPError::Authentication { .. }),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "invalid_scope (HTTP 400): The agent has not been granted: x."
    );
    assert_eq!(mock.seen().len(), 1, "the call itself is not made");
}

#[tokio::test]
async fn an_answer_that_is_not_described_cannot_be_decoded() {
    let replies: [fn() -> Reply; 2] = [
        || Reply::text(200, "no json"),
        || Reply::json(200, &json!({"agentId": ID})),
    ];
    for reply in replies {
        let error = answered(reply).await;
        assert!(matches!(error, AgentIdPError::Decoding { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Mock::new(|_| Reply::token("stolen", 3600));
    let target = elsewhere.url();
    let mock = Mock::new(move |_| {
        Reply::text(307, "").with("Location", &format!("{target}/api/v1/token"))
    });
    let error = mock.client().agents().get_agent(ID).await.unwrap_err();
    assert_eq!(error.http_status(), Some(307));
    assert!(elsewhere.seen().is_empty(), "the secret went elsewhere");
}

#[tokio::test]
async fn a_server_that_is_not_there_or_says_nothing_is_a_failure_of_transport() {
    // Takes connections and never answers.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    for (url, sent) in [(silent_url.as_str(), true), ("http://127.0.0.1:1", false)] {
        let client = AgentIdPClient::builder(url, ID, SECRET)
            .timeout(Duration::from_millis(200))
            .build()
            .unwrap();
        let error = client.agents().get_agent(ID).await.unwrap_err();
        let AgentIdPError::Transport { maybe_sent, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(*maybe_sent, sent, "{error:?}");
        assert_eq!(error.http_status(), None);
    }
}

#[tokio::test]
async fn what_cannot_be_right_is_refused_before_anything_is_sent() {
    let mock = Mock::api(|_| Reply::json(200, &json!({})));
    for (url, id, secret) in [
        ("localhost", ID, SECRET),
        (mock.url().as_str(), "", SECRET),
        (mock.url().as_str(), ID, ""),
    ] {
        let error = AgentIdPClient::new(url, id, secret).unwrap_err();
        assert!(
            matches!(error, AgentIdPError::InvalidArgument { .. }),
            "{error:?}"
        );
    }
    for id in ["", ".", ".."] {
        let error = mock.client().agents().decommission_agent(id).await;
        assert_eq!(error.unwrap_err().code(), "INVALID_ARGUMENT", "{id}");
    }
    assert!(mock.seen().is_empty());
}
