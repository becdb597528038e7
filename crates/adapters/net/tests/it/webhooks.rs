//! Attempts to deliver a webhook.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::outbound::FetchError;
use agentidp_domain::webhook::{WebhookRequest, WebhookSender};
use agentidp_net::{HttpWebhookSender, Lookup};
use tokio::time::Instant;

use crate::support::lookup::{Script, Silent};
use crate::support::server::{Answer, Server, found, head, ok};
use crate::support::stranger;

const PATIENT: Duration = Duration::from_secs(60);

fn request() -> WebhookRequest {
    WebhookRequest {
        signature: "t=1,v1=00".to_owned(),
        event: "agent.created",
        delivery: "d1".to_owned(),
        body: br#"{"event":"agent.created"}"#.to_vec(),
    }
}

fn sender(allow_private: bool, lookup: Arc<dyn Lookup>) -> HttpWebhookSender {
    HttpWebhookSender::with_lookup(allow_private, lookup, PATIENT).unwrap()
}

fn local() -> HttpWebhookSender {
    HttpWebhookSender::new(true).unwrap()
}

#[tokio::test]
async fn a_request_has_its_headers() {
    let server = Server::start(|_| ok("thanks")).await;
    let url = stranger(&server.url("/hook?a=b"));
    assert_eq!(local().post(&url, request()).await, Ok(200));
    let requests = server.requests();
    let sent = requests[0].to_ascii_lowercase();
    assert!(sent.starts_with("post /hook?a=b http/1.1\r\n"), "{sent}");
    for header in [
        "content-type: application/json\r\n",
        "x-sentryagent-signature: t=1,v1=00\r\n",
        "x-sentryagent-event: agent.created\r\n",
        "x-sentryagent-delivery: d1\r\n",
        "content-length: 25\r\n",
    ] {
        assert!(sent.contains(header), "{header} in {sent}");
    }
}

#[tokio::test]
async fn every_status_is_an_answer_and_no_redirect_is_followed() {
    for (answer, status) in [
        ("204 No Content", 204),
        ("404 Not Found", 404),
        ("503 Busy", 503),
    ] {
        let server = Server::start(move |_| head(answer)).await;
        let url = stranger(&server.url("/"));
        assert_eq!(local().post(&url, request()).await, Ok(status));
    }
    let server = Server::start(|_| found("/elsewhere")).await;
    let url = stranger(&server.url("/"));
    assert_eq!(local().post(&url, request()).await, Ok(302));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn no_more_than_the_beginning_of_an_answer_is_read() {
    let server = Server::start(|_| {
        let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
        Answer::Endless(head, vec![b'x'; 16 * 1024], Duration::ZERO)
    })
    .await;
    let url = stranger(&server.url("/"));
    assert_eq!(local().post(&url, request()).await, Ok(200));
    server.hung_up().await;
}

#[tokio::test]
async fn addresses_of_the_own_network_are_refused() {
    let server = Server::start(|_| ok("secret")).await;
    let literal = stranger(&server.url("/"));
    let sender_of_strangers = HttpWebhookSender::new(false).unwrap();
    assert_eq!(
        sender_of_strangers.post(&literal, request()).await,
        Err(FetchError::ForbiddenAddress)
    );
    // A name with one public and one private address, and one that changes.
    for answers in [&["3ffe::1", "127.0.0.1"], &["127.0.0.1", "127.0.0.1"]] {
        let lookup = Script::new(&[&answers[..]]);
        let url = stranger(&server.at("hooks.example", "/"));
        assert_eq!(
            sender(false, lookup).post(&url, request()).await,
            Err(FetchError::ForbiddenAddress)
        );
    }
    assert_eq!(server.connections().await, 0);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_covers_everything() {
    let begin = Instant::now();
    let ten = Duration::from_secs(10);
    let sender = HttpWebhookSender::with_lookup(false, Arc::new(Silent), ten).unwrap();
    let url = stranger("https://hooks.example/");
    assert_eq!(sender.post(&url, request()).await, Err(FetchError::Timeout));
    assert_eq!(begin.elapsed().as_secs(), 10);
}
