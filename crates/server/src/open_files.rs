//! Open files of the process: every connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Connections of clients at most; each costs some 10 KiB of memory.
const MOST: u64 = 25_000;

/// Files kept for what is no client: Redis, outgoing requests, files, and the
/// database beside its pool.
const RESERVED: u64 = 256;

/// Raises the limit of open files as far as needed and allowed, and returns how
/// many clients may be connected at once. Beside them there is room for `pool`
/// connections of the database: a flood of clients must not cut the server off
/// from its stores.
pub(crate) fn connections(pool: usize) -> usize {
    let reserved = u64::try_from(pool)
        .unwrap_or(u64::MAX)
        .saturating_add(RESERVED);
    let limit = raise(getrlimit(Resource::Nofile), MOST.saturating_add(reserved));
    let clients = shared_out(limit, reserved);
    tracing::debug!(limit, clients, "open files");
    usize::try_from(clients).unwrap_or(usize::MAX)
}

/// Raises the soft limit towards `wanted`; returns what is in force.
fn raise(limit: Rlimit, wanted: u64) -> u64 {
    let in_force = limit.current.unwrap_or(u64::MAX);
    let raised = limit.maximum.map_or(wanted, |most| wanted.min(most));
    if raised <= in_force {
        return in_force;
    }
    let changed = Rlimit {
        current: Some(raised),
        ..limit
    };
    match setrlimit(Resource::Nofile, changed) {
        Ok(()) => raised,
        Err(_) => in_force,
    }
}

/// What is left for clients; half of a limit that is too small for both.
fn shared_out(limit: u64, reserved: u64) -> u64 {
    limit.saturating_sub(reserved).max(limit / 2).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_get_what_the_server_does_not_need() {
        assert_eq!(shared_out(1_024, 276), 748);
        assert_eq!(shared_out(u64::MAX, 276), MOST);
        assert_eq!(shared_out(256, 276), 128);
    }

    #[test]
    fn a_limit_is_never_lowered() {
        let limit = Rlimit {
            current: Some(2_000),
            maximum: Some(2_000),
        };
        assert_eq!(raise(limit, 1_000), 2_000);
        assert_eq!(raise(limit, 5_000), 2_000);
    }
}
