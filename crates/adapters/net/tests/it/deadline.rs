//! One deadline for everything together.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::outbound::{DocumentFetcher, FetchError};
use agentidp_net::{FetcherSettings, GuardedFetcher};
use tokio::time::{Instant, timeout};

use crate::support::lookup::Silent;
use crate::support::server::{Answer, Server, found};
use crate::support::stranger;

const SHORT: Duration = Duration::from_millis(300);
const PAUSE: Duration = Duration::from_millis(5);

fn impatient() -> GuardedFetcher {
    GuardedFetcher::new(FetcherSettings {
        allow_private: true,
        deadline: SHORT,
    })
    .unwrap()
}

/// The outcome; never to come to one is a failure.
async fn outcome(server: &Server) -> Result<Vec<u8>, FetchError> {
    let url = stranger(&server.url("/"));
    let fetcher = impatient();
    timeout(Duration::from_secs(60), fetcher.get(&url))
        .await
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn five_seconds_are_the_limit() {
    let settings = FetcherSettings::default();
    let fetcher = GuardedFetcher::with_lookup(settings, Arc::new(Silent)).unwrap();
    let begin = Instant::now();
    assert_eq!(
        fetcher.get(&stranger("https://partner.example/")).await,
        Err(FetchError::Timeout)
    );
    assert_eq!(begin.elapsed().as_millis() / 10, 500);
}

#[tokio::test]
async fn silence_is_not_waited_for() {
    for said in ["", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nke"] {
        let server = Server::start(|_| Answer::Stuck(said.as_bytes().to_vec())).await;
        assert_eq!(outcome(&server).await, Err(FetchError::Timeout), "{said}");
        assert_eq!(server.requests().len(), 1);
        server.hung_up().await;
    }
}

#[tokio::test]
async fn a_trickle_does_not_extend_it() {
    for (first, piece) in [
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "x"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "1\r\nx\r\n",
        ),
        // A header that never ends.
        ("HTTP/1.1 200 OK\r\nName: ", "x"),
        // Answers before the answer.
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n"),
    ] {
        let server = Server::start(|_| {
            Answer::Endless(first.as_bytes().to_vec(), piece.as_bytes().to_vec(), PAUSE)
        })
        .await;
        assert_eq!(outcome(&server).await, Err(FetchError::Timeout), "{first}");
        assert_eq!(server.requests().len(), 1);
        server.hung_up().await;
    }
}

#[tokio::test]
async fn a_redirect_does_not_extend_it() {
    let server = Server::start(|path| match path {
        "/" => found("/slow"),
        _ => Answer::Stuck(Vec::new()),
    })
    .await;
    assert_eq!(outcome(&server).await, Err(FetchError::Timeout));
    assert_eq!(server.requests().len(), 2);
    server.hung_up().await;
}
