//! How tokens are asked for, kept, shared and given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sentryagent_idp::{AgentIdPError, ExposeSecret, IssueTokenRequest, TokenManager};
use serde_json::json;

use crate::support::{ID, Mock, Reply, SECRET, Seen, agent};

/// Issues `token-1`, `token-2`, … that last so many seconds.
fn counting(lifetime: u64) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    let count = AtomicUsize::new(0);
    move |seen: &Seen| {
        if seen.is_token_request() {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            Reply::token(&format!("token-{number}"), lifetime)
        } else {
            Reply::json(200, &agent())
        }
    }
}

#[tokio::test]
async fn a_token_is_asked_for_with_a_form_and_sent_with_calls() {
    let mock = Mock::new(counting(3600));
    let client = mock.client();
    for _ in 0..2 {
        client.agents().get_agent(ID).await.unwrap();
    }
    let seen = mock.seen();
    assert_eq!(seen.len(), 3, "{seen:?}");
    let expected = format!(
        "grant_type=client_credentials&client_id={ID}&client_secret={SECRET}\
         &scope=agents%3Aread+agents%3Awrite+tokens%3Aread+audit%3Aread"
    );
    assert_eq!(seen[0].body, expected);
    let media_type = seen[0].header("content-type");
    assert_eq!(media_type, Some("application/x-www-form-urlencoded"));
    assert_eq!(seen[0].header("authorization"), None);
    for call in &seen[1..] {
        assert_eq!(call.header("authorization"), Some("Bearer token-1"));
    }
    for request in &seen {
        let agent = request.header("user-agent").unwrap();
        assert_eq!(agent, "sentryagent-idp-rust/1.0.0");
    }
}

#[tokio::test]
async fn scopes_are_those_of_the_client_and_none_are_not_sent() {
    let mock = Mock::new(counting(3600));
    let narrow = mock.builder().scopes(["audit:read"]).build().unwrap();
    narrow.agents().get_agent(ID).await.unwrap();
    let open = mock.builder().scopes([""; 0]).build().unwrap();
    open.agents().get_agent(ID).await.unwrap();
    let seen = mock.seen();
    assert!(seen[0].body.ends_with("&scope=audit%3Aread"), "{seen:?}");
    assert!(!seen[2].body.contains("scope"), "{seen:?}");
}

#[tokio::test]
async fn a_token_with_less_than_a_minute_is_not_used_again() {
    for (lifetime, requests) in [(59, 3), (60, 3), (120, 1)] {
        let mock = Mock::new(counting(lifetime));
        let tokens = TokenManager::new(&mock.url(), ID, SECRET, "agents:read").unwrap();
        for _ in 0..3 {
            tokens.get_token().await.unwrap();
        }
        assert_eq!(mock.token_requests(), requests, "{lifetime}");
    }
}

#[tokio::test]
async fn a_cleared_cache_means_a_new_token() {
    let mock = Mock::new(counting(3600));
    let client = mock.client();
    client.agents().get_agent(ID).await.unwrap();
    client.clear_token_cache().await;
    client.clone().agents().get_agent(ID).await.unwrap();
    let last = mock.seen().pop().unwrap();
    assert_eq!(last.header("authorization"), Some("Bearer token-2"));
    assert_eq!(mock.token_requests(), 2);
}

#[tokio::test]
async fn a_revoked_own_token_is_not_used_again() {
    let tokens = counting(3600);
    let mock = Mock::new(move |seen: &Seen| match seen.line.as_str() {
        "POST /api/v1/token/revoke" => Reply::json(200, &serde_json::json!({})),
        _ => tokens(seen),
    });
    let client = mock.client();
    client.oauth2().revoke_token("another").await.unwrap();
    client.oauth2().revoke_token("token-1").await.unwrap();
    client.agents().get_agent(ID).await.unwrap();
    let seen = mock.seen();
    let mut calls = seen.iter().filter(|seen| !seen.is_token_request());
    for token in ["Bearer token-1", "Bearer token-1", "Bearer token-2"] {
        let call = calls.next().unwrap();
        assert_eq!(call.header("authorization"), Some(token), "{seen:?}");
    }
}

#[tokio::test]
async fn those_who_wait_share_one_token() {
    let mock = Mock::new(counting(3600));
    let tokens = TokenManager::new(&mock.url(), ID, SECRET, "").unwrap();
    // All three begin before the first answer can be read.
    let (a, b, c) = tokio::join!(tokens.get_token(), tokens.get_token(), tokens.get_token());
    for token in [a, b, c] {
        assert_eq!(token.unwrap().expose_secret(), "token-1");
    }
    assert_eq!(mock.token_requests(), 1);
}

#[tokio::test]
async fn those_who_wait_share_a_refusal_and_nobody_keeps_it() {
    let attempts = AtomicUsize::new(0);
    let mock = Mock::new(move |_| match attempts.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::refused(401, "UNAUTHORIZED"),
        _ => Reply::token("late", 3600),
    });
    let tokens = TokenManager::new(&mock.url(), ID, SECRET, "").unwrap();
    let (a, b) = tokio::join!(tokens.get_token(), tokens.get_token());
    for refused in [a, b] {
        let error = refused.unwrap_err();
        assert!(matches!(error, AgentIdPError::Authentication { .. }));
    }
    assert_eq!(mock.token_requests(), 1);
    let token = tokens.get_token().await.unwrap();
    assert_eq!(token.expose_secret(), "late");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tasks_may_use_one_client() {
    let mock = Mock::new(counting(3600));
    let client = mock.client();
    let tasks = (0..8).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.agents().get_agent(ID).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    assert_eq!(mock.token_requests(), 1);
}

/// Refuses `token-1` and takes every other one.
fn refusing(lifetime: u64, status: u16) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    let tokens = counting(lifetime);
    move |seen: &Seen| match seen.header("authorization") {
        Some("Bearer token-1") => Reply::refused(status, "UNAUTHORIZED"),
        _ => tokens(seen),
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_a_get_repeated_once() {
    let mock = Mock::new(refusing(3600, 401));
    let client = mock.client();
    client.agents().get_agent(ID).await.unwrap();
    client.agents().decommission_agent(ID).await.unwrap();
    let lines: Vec<String> = mock.seen().into_iter().map(|seen| seen.line).collect();
    let get = format!("GET /api/v1/agents/{ID}");
    let delete = format!("DELETE /api/v1/agents/{ID}");
    let token = "POST /api/v1/token".to_owned();
    assert_eq!(lines, [token.clone(), get.clone(), token, get, delete]);
}

#[tokio::test]
async fn a_second_refusal_is_final() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let mock = Mock::api(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Reply::refused(401, "UNAUTHORIZED")
    });
    let error = mock.client().agents().get_agent(ID).await.unwrap_err();
    assert!(matches!(error, AgentIdPError::Authentication { .. }));
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    assert_eq!(mock.token_requests(), 2);
}

#[tokio::test]
async fn a_post_is_never_repeated_but_its_token_is_given_up() {
    let mock = Mock::new(refusing(3600, 401));
    let client = mock.client();
    let request = sentryagent_idp::CredentialRequest::default();
    let credentials = client.credentials();
    let error = credentials.generate_credential(ID, &request).await;
    assert_eq!(error.unwrap_err().http_status(), Some(401));
    assert_eq!(mock.seen().len(), 2);
    client.agents().get_agent(ID).await.unwrap();
    let last = mock.seen().pop().unwrap();
    assert_eq!(last.header("authorization"), Some("Bearer token-2"));
}

#[tokio::test]
async fn other_refusals_keep_the_token() {
    let mock = Mock::new(refusing(3600, 403));
    let client = mock.client();
    for _ in 0..2 {
        client.agents().get_agent(ID).await.unwrap_err();
    }
    assert_eq!(mock.token_requests(), 1);
    assert_eq!(mock.seen().len(), 3);
}

#[tokio::test]
async fn neither_secret_nor_token_is_ever_shown() {
    let mock = Mock::new(|seen| match seen.is_token_request() {
        // Where a number belongs, a text that must not be quoted.
        true if seen.body.contains("audit") => Reply::json(
            200,
            &serde_json::json!({"access_token": 1, "token_type": SECRET, "expires_in": SECRET}),
        ),
        true => Reply::token(SECRET, 3600),
        false => Reply::text(200, &format!("[\"{SECRET}\"]")),
    });
    let tokens = TokenManager::new(&mock.url(), ID, SECRET, "").unwrap();
    let token = tokens.get_token().await.unwrap();
    let client = mock.builder().scopes(["agents:read"]).build().unwrap();
    let undecodable = client.agents().get_agent(ID).await.unwrap_err();
    let no_token = mock.client().agents().get_agent(ID).await.unwrap_err();
    let with_password = TokenManager::new("http://user:sk_live_00@127.0.0.1:1", ID, SECRET, "");
    let with_password = with_password.unwrap_err();
    let unreachable = TokenManager::new("http://127.0.0.1:1", ID, SECRET, "");
    let unreachable = unreachable.unwrap().get_token().await.unwrap_err();
    assert_eq!(undecodable.code(), "INVALID_RESPONSE");
    assert_eq!(no_token.code(), "INVALID_RESPONSE");
    assert_eq!(with_password.code(), "INVALID_ARGUMENT");
    assert_eq!(unreachable.code(), "NETWORK_ERROR");
    let shown = format!(
        "{tokens:?} {token:?} {client:?} {:?} {undecodable:?} {undecodable} {no_token:?} \
         {unreachable:?} {unreachable} {with_password:?} {with_password}",
        mock.builder()
    );
    assert!(!shown.contains("sk_live_00"), "{shown}");
}

#[tokio::test]
async fn a_client_may_use_tokens_for_longer() {
    let mock = Mock::new(counting(45));
    let patient = mock.builder().token_reserve(Duration::from_secs(30));
    let patient = patient.build().unwrap();
    for _ in 0..2 {
        patient.agents().get_agent(ID).await.unwrap();
    }
    assert_eq!(mock.token_requests(), 1);
    patient.token_manager().get_token().await.unwrap();
    assert_eq!(mock.token_requests(), 1, "the same token");
}

#[tokio::test]
async fn the_api_may_lie_elsewhere_and_an_answer_without_scope_is_one() {
    let mock = Mock::new(|seen| {
        assert_eq!(seen.line, "POST /v1/token");
        let body = json!({"access_token": "t", "token_type": "Bearer", "expires_in": 60});
        Reply::json(200, &body)
    });
    let client = mock.builder().api_path("/v1").build().unwrap();
    let request = IssueTokenRequest::default();
    let token = client.oauth2().issue_token(&request).await.unwrap();
    assert_eq!((token.scope.as_str(), token.expires_in), ("", 60));
}
