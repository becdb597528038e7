//! Raw requests that are no HTTP, or more of it than anybody needs.

use crate::harness::raw::request;
use crate::harness::registration;

const KIB: usize = 1024;

/// Requests that are no HTTP, or more of it than anybody needs.
pub fn broken_http(bearer: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut requests = broken_heads(bearer);
    requests.extend(broken_framing(bearer));
    requests
}

/// Heads that cannot be read.
fn broken_heads(bearer: &str) -> Vec<(&'static str, Vec<u8>)> {
    let authorized = ("Authorization", bearer);
    let get = |header: (&str, &str)| request("GET /api/v1/agents", &[authorized, header], b"");
    let many: String = (0..2_000)
        .map(|number| format!("X-{number}: 1\r\n"))
        .collect();
    vec![
        ("noise", (0..=255).cycle().take(4 * KIB).collect()),
        (
            "a TLS hello",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        ),
        ("header of 1 MB", get(("X-Large", &"x".repeat(KIB * KIB)))),
        (
            "many headers",
            format!("GET / HTTP/1.1\r\n{many}\r\n").into_bytes(),
        ),
        (
            "line of 1 MB",
            request(&format!("GET /{}", "x".repeat(KIB * KIB)), &[], b""),
        ),
        (
            "half a head",
            b"POST /api/v1/agents HTTP/1.1\r\nHost: 127".to_vec(),
        ),
    ]
}

/// Bodies whose length is not what it should be.
fn broken_framing(bearer: &str) -> Vec<(&'static str, Vec<u8>)> {
    let authorized = ("Authorization", bearer);
    let post = |headers: &[(&str, &str)], body: &[u8]| {
        let headers = [&[authorized, ("Content-Type", "application/json")], headers].concat();
        request("POST /api/v1/agents", &headers, body)
    };
    let body = registration("half@strict.example").to_string();
    vec![
        (
            "two lengths",
            post(
                &[("Content-Length", "5"), ("Content-Length", "6")],
                b"{}   ",
            ),
        ),
        (
            "negative length",
            post(&[("Content-Length", "-1")], body.as_bytes()),
        ),
        ("length and chunks", {
            let both = [("Content-Length", "4"), ("Transfer-Encoding", "chunked")];
            post(&both, b"0\r\n\r\n")
        }),
        (
            "bad chunk",
            post(
                &[("Transfer-Encoding", "chunked")],
                b"zz\r\n{}\r\n0\r\n\r\n",
            ),
        ),
        ("half a body", {
            let length = body.len().to_string();
            post(
                &[("Content-Length", &length)],
                &body.as_bytes()[..body.len() / 2],
            )
        }),
    ]
}
