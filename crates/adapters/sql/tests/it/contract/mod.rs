//! The rules every store keeps.

mod agents;
mod audit;
mod changes;
mod credentials;
mod encryption;
mod journal;
mod organizations;
mod signing_keys;
mod tokens;
mod transactions;

use agentidp_domain::error::{Constraint, StoreError};

pub fn assert_conflict<T>(result: Result<T, StoreError>, wanted: Constraint) {
    let error = result.err().expect("a conflict");
    assert!(error.is_conflict(wanted), "{error}");
}

pub fn assert_corrupt<T>(result: Result<T, StoreError>, place: (&str, &str, String)) {
    match result.err().expect("a corrupt value") {
        StoreError::Corrupt { table, column, id } => assert_eq!((table, column, id), place),
        error => panic!("{error}"),
    }
}

contract_tests! {
    agents: round_trip, conflict_then_continue, pages_with_equal_times, filters, update,
        suspend_all, corrupt_values_name_their_place;
    audit: heads_are_created_and_ordered, append_and_read_back, query_without_filter,
        query_with_filters, positions, verified_never_falls, concurrent_appends_leave_no_gap,
        events_are_immutable, altered_times_are_seen_exactly;
    changes: since_a_cursor, rolled_back_changes_never_appear, prune_removes_old_ones;
    credentials: round_trip, conflict_then_continue, rotate, rotate_and_revoke_race,
        lists, revoke_all;
    encryption: columns_are_ciphertext, moved_values_are_corrupt, reencrypt;
    journal: credential_states, quotas_and_counts, revocations_are_added_once;
    organizations: round_trip, system_organization, conflict_then_continue, list, update,
        agent_limit_is_exact, members, logs_in_order;
    signing_keys: ring, conflict_then_continue, prune_keeps_the_row;
    tokens: revocation_state, markers_only_rise, live_and_pruned_revocations;
    transactions: commit_and_rollback, dropped_transactions_leave_the_pool_usable,
        dropped_transactions_release_their_locks, cancelled_calls_do_no_harm,
        snapshots_do_not_move, locks, queries_are_measured, ping;
}
