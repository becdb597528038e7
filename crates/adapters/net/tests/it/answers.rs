//! What is taken from another host and what is told to it.

use std::time::Duration;

use agentidp_domain::outbound::{DOCUMENT_LIMIT, DocumentFetcher, FetchError};
use tokio::net::TcpListener;

use crate::support::server::{Answer, Server, found, head, ok};
use crate::support::{open, stranger};

const UNTIL_CLOSED: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

async fn answer_of(server: &Server) -> Result<Vec<u8>, FetchError> {
    open().get(&stranger(&server.url("/jwks"))).await
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let size = format!("{:x}\r\n", body.len());
    [CHUNKED, size.as_bytes(), body, b"\r\n0\r\n\r\n"].concat()
}

#[tokio::test]
async fn a_document_of_the_limit_is_read() {
    let body = vec![b'x'; DOCUMENT_LIMIT];
    for answer in 0..3 {
        let body = body.clone();
        let server = Server::start(move |_| match answer {
            0 => ok(&body),
            1 => Answer::Whole([UNTIL_CLOSED, &body].concat()),
            _ => Answer::Whole(chunked(&body)),
        })
        .await;
        let got = answer_of(&server).await.unwrap();
        assert!(got.iter().all(|byte| *byte == b'x'));
        assert_eq!(got.len(), DOCUMENT_LIMIT, "{answer}");
    }
}

#[tokio::test]
async fn a_document_with_one_byte_more_is_not() {
    let body = vec![b'x'; DOCUMENT_LIMIT + 1];
    for answer in 0..3 {
        let body = body.clone();
        let server = Server::start(move |_| match answer {
            0 => ok(&body),
            1 => Answer::Whole([UNTIL_CLOSED, &body].concat()),
            _ => Answer::Whole(chunked(&body)),
        })
        .await;
        assert_eq!(
            answer_of(&server).await,
            Err(FetchError::TooLarge),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn an_announced_excess_is_not_waited_for() {
    let server = Server::start(|_| {
        let length = DOCUMENT_LIMIT + 1;
        Answer::Stuck(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes())
    })
    .await;
    assert_eq!(answer_of(&server).await, Err(FetchError::TooLarge));
    server.hung_up().await;
}

#[tokio::test]
async fn an_endless_document_is_cut() {
    for (first, piece) in [
        (UNTIL_CLOSED, vec![b'x'; 0x4000]),
        (
            CHUNKED,
            [b"4000\r\n".as_slice(), &[b'x'; 0x4000], b"\r\n"].concat(),
        ),
    ] {
        let server =
            Server::start(move |_| Answer::Endless(first.to_vec(), piece.clone(), Duration::ZERO))
                .await;
        assert_eq!(answer_of(&server).await, Err(FetchError::TooLarge));
        server.hung_up().await;
    }
}

#[tokio::test]
async fn a_document_that_breaks_off_is_not_taken() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nkeys"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nkeys\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"",
    ] {
        let server = Server::start(move |_| Answer::Whole(answer.to_vec())).await;
        let got = answer_of(&server).await;
        let Err(FetchError::Unreachable(text)) = got else {
            panic!("{got:?}");
        };
        assert!(text.starts_with("transfer: "), "{text}");
    }
}

#[tokio::test]
async fn only_200_is_a_success() {
    for status in [
        201, 202, 203, 204, 206, 226, 300, 301, 302, 304, 305, 307, 400, 401, 403, 404, 410, 429,
        500, 502, 503, 999,
    ] {
        let server = Server::start(move |_| head(&format!("{status} Text"))).await;
        assert_eq!(
            answer_of(&server).await,
            Err(FetchError::Status(status)),
            "{status}"
        );
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_compressed_document_stays_as_it_is() {
    let server = Server::start(|_| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n";
        Answer::Whole([head.as_slice(), b"\x1f\x8b\x08\x00"].concat())
    })
    .await;
    assert_eq!(answer_of(&server).await, Ok(b"\x1f\x8b\x08\x00".to_vec()));
}

#[tokio::test]
async fn little_is_told_and_nothing_remembered() {
    let server = Server::start(|path| match path {
        "/jwks" => head("302 Found\r\nLocation: /keys\r\nSet-Cookie: a=b; Path=/"),
        _ => ok("keys"),
    })
    .await;
    let fetcher = open();
    for _ in 0..2 {
        let url = stranger(&server.url("/jwks"));
        assert_eq!(fetcher.get(&url).await, Ok(b"keys".to_vec()));
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    for (request, path) in requests.iter().zip(["/jwks", "/keys", "/jwks", "/keys"]) {
        let mut lines: Vec<&str> = request.trim_end().split("\r\n").collect();
        lines[1..].sort_unstable();
        let host = format!("host: 127.0.0.1:{}", server.port());
        let expected = [
            format!("GET {path} HTTP/1.1"),
            "accept: */*".to_owned(),
            host,
            "user-agent: AgentIdP".to_owned(),
        ];
        assert_eq!(lines, expected);
    }
    // No connection is kept for the next one.
    assert_eq!(server.connections().await, 4);
}

#[tokio::test]
async fn an_error_tells_nothing_of_the_url() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let garbage = Server::start(|_| Answer::Whole(b"garbage\r\n\r\n".to_vec())).await;
    let missing = Server::start(|_| head("404 Not Found")).await;
    let moved = Server::start(|_| found("https://elsewhere.example/?token=secret")).await;
    for url in [
        format!("http://127.0.0.1:{port}/?token=secret"),
        garbage.url("/?token=secret"),
        missing.url("/?token=secret"),
        moved.url("/?token=secret"),
    ] {
        let error = open().get(&stranger(&url)).await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(
            !text.contains("secret") && !text.contains("token"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let got = open().get(&stranger(&format!("http://{address}/"))).await;
    let Err(FetchError::Unreachable(text)) = got else {
        panic!("{got:?}");
    };
    assert!(text.starts_with("connection: "), "{text}");
}
