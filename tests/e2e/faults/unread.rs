//! Clients that ask a lot and never read an answer.

use std::time::Duration;

use crate::faults::flooded::Flooded;
use crate::harness::resources::open_files;
use crate::harness::{HEAVY, Wire, until};

/// Clients that ask for something large that is at hand.
const READERS_OF_DOCUMENTS: usize = 40;
/// Clients that ask for something large that has to be made.
const READERS_OF_LOGS: usize = 4;
/// Requests of each, far more than the buffers of the system take answers for.
const REQUESTS: usize = 200;
/// Events in the log, one page of them.
const EVENTS: usize = 100;
/// The system ends a connection that takes nothing for 15 seconds.
const END: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn are_disconnected_and_cost_little() {
    let Some(flooded) = Flooded::set("unread").await else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    for _ in 0..EVENTS {
        flooded.server.api.token(&flooded.client, "").await;
    }
    let log = format!(
        "GET /api/v1/audit?limit=100 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n",
        flooded.admin
    );
    let document = "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n";
    let before = open_files(flooded.server.pid());
    let mut asking = Vec::new();
    for (request, count) in [
        (document, READERS_OF_DOCUMENTS),
        (log.as_str(), READERS_OF_LOGS),
    ] {
        for _ in 0..count {
            let (port, requests) = (flooded.server.port, request.repeat(REQUESTS));
            asking.push(tokio::spawn(asked(port, requests)));
        }
    }
    let mut unread = Vec::new();
    for client in asking {
        unread.push(client.await.unwrap());
    }
    let held = open_files(flooded.server.pid());
    assert!(held >= before + unread.len() / 2, "{before}, {held}");

    flooded.serves_others().await;
    // Connections of those who are served come and go meanwhile.
    let few = before + unread.len() / 4;
    until("they are disconnected", END, || async {
        flooded.serves_others().await;
        open_files(flooded.server.pid()) <= few
    })
    .await;
    flooded.stays_small();
}

/// A client that has sent what the server took of its requests.
async fn asked(port: u16, requests: String) -> Wire {
    let mut wire = Wire::narrow(port).await;
    let sent = wire.send(requests.as_bytes());
    // The server stops reading when too many requests wait.
    let _ = tokio::time::timeout(Duration::from_secs(1), sent).await;
    wire
}
