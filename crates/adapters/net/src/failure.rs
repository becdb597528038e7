//! What went wrong with a request, in words.

use std::error::Error;
use std::iter::successors;

use agentidp_domain::outbound::FetchError;

use crate::resolver::ForbiddenAddress;

/// Longest cause that is passed on, in characters: the other side can have a
/// part in its text.
const CAUSE_LIMIT: usize = 200;

/// The innermost cause of `error`, which says more than those around it.
pub(crate) fn cause(error: &(dyn Error + 'static)) -> String {
    chain(error)
        .last()
        .map(|innermost| innermost.to_string().chars().take(CAUSE_LIMIT).collect())
        .unwrap_or_default()
}

/// What the port says of a failed request. The URL stays out: its query may
/// contain a secret.
pub(crate) fn failure(error: reqwest::Error) -> FetchError {
    let error = error.without_url();
    if chain(&error).any(|cause| cause.is::<ForbiddenAddress>()) {
        return FetchError::ForbiddenAddress;
    }
    if error.is_timeout() {
        return FetchError::Timeout;
    }
    let step = if error.is_dns() {
        "name resolution"
    } else if error.is_connect() {
        "connection"
    } else {
        "transfer"
    };
    FetchError::Unreachable(format!("{step}: {}", cause(&error)))
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| error.source())
}
