//! Waiting for something to become true.

use std::future::Future;
use std::time::{Duration, Instant};

use super::client::Api;
use super::process::POLL;

/// Time in which every replica has to know of a revocation.
pub const PROPAGATION: Duration = Duration::from_secs(1);

/// Asks until `holds`. A question that is sent after `limit` must be answered
/// with yes; how long a busy machine takes to answer does not count.
pub async fn until<F: Future<Output = bool>>(
    what: &str,
    limit: Duration,
    mut holds: impl FnMut() -> F,
) {
    let deadline = Instant::now() + limit;
    loop {
        let sent = Instant::now();
        if holds().await {
            return;
        }
        assert!(sent < deadline, "{what}: not within {limit:?}");
        tokio::time::sleep(POLL).await;
    }
}

/// Asks until the token is refused. No request that was sent a second after
/// this call may be accepted; how long a busy machine takes to answer does not
/// count. Returns the time until the first refusal was there.
pub async fn refused_within_a_second(api: &Api, token: &str) -> Duration {
    let start = Instant::now();
    loop {
        let sent = start.elapsed();
        if !api.accepts(token).await {
            return start.elapsed();
        }
        assert!(
            sent < PROPAGATION,
            "{}: accepted {sent:?} after its end",
            api.base
        );
    }
}
