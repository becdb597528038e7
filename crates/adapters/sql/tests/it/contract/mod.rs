//! The rules every store keeps.

pub mod agent_totals;
mod agents;
mod audit;
mod billing;
mod changes;
mod claims;
mod compliance;
mod credentials;
mod delegations;
mod deliveries;
mod did_keys;
mod encryption;
mod encryption_log;
mod journal;
mod marketplace;
pub mod marketplace_search;
mod organizations;
mod outbox;
mod partners;
mod relay;
mod signing_keys;
mod stream;
mod tiers;
mod tokens;
mod transactions;
mod trust_candidates;
mod trust_policies;
mod usage;
mod vault;
mod walks;
mod webhooks;

use std::time::Duration;

use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::unit_of_work::UnitOfWork;
use tokio::time::timeout;

use crate::harness::Target;

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

/// What `call` reads in a writing transaction, nobody else reads in one until
/// the first has ended.
async fn assert_locks(target: &Target, call: impl AsyncFn(&mut dyn UnitOfWork)) {
    let mut first = target.write().await;
    call(first.as_mut()).await;
    let waiter = async {
        let mut second = target.write().await;
        call(second.as_mut()).await;
    };
    tokio::pin!(waiter);
    let early = timeout(Duration::from_millis(100), &mut waiter).await;
    assert!(early.is_err(), "the row was not locked");
    drop(first);
    timeout(Duration::from_secs(10), waiter)
        .await
        .expect("the lock stayed");
}

contract_tests! {
    agent_totals: follow_every_change, do_not_follow_what_did_not_happen,
        follow_statements_that_do_not_know_of_them;
    agents: round_trip, conflict_then_continue, pages_with_equal_times, pages_from_both_ends,
        filters, update, identity_is_written_apart, suspend_active, suspension_is_bounded,
        corrupt_values_name_their_place;
    audit: heads_are_created_and_ordered, append_and_read_back, query_without_filter,
        query_with_filters, query_by_outcome, totals_stay_exact, positions, verified_never_falls,
        concurrent_appends_leave_no_gap, events_are_immutable, altered_times_are_seen_exactly;
    billing: one_subscription_per_organization, one_organization_per_subscription,
        events_are_noted_once, the_last_event_of_a_subscription, prune_is_bounded,
        corrupt_values_name_their_place;
    changes: since_a_cursor, rolled_back_changes_never_appear, prune_removes_old_ones,
        prune_is_bounded;
    claims: earliest_first, claims_hold_until_their_end, claims_are_not_shared,
        paused_subscriptions_are_held, attempts_are_counted, lost_claims_settle_nothing,
        deleted_subscriptions_settle_nothing;
    compliance: agents_are_counted, agents_without_did, agents_with_did, ending_credentials,
        ending_by_agent, overdue, dead_letters, statuses, corrupt_values_name_their_place;
    credentials: round_trip, conflict_then_continue, rotate, rotate_and_revoke_race,
        lists, revoke_all;
    delegations: round_trip, find_locks, states_of_the_parties, revoke, prune_is_bounded,
        tokens_are_unique, keys_newest_first, keys_are_encrypted, moved_keys_are_corrupt,
        corrupt_values_name_their_place;
    deliveries: round_trip, queue_leaves_out_deleted_subscriptions, queued_subscriptions_stay,
        history, due_subscriptions, prune_is_bounded, corrupt_values_name_their_place;
    did_keys: round_trip, one_key_per_agent, private_keys_are_encrypted;
    encryption: columns_are_ciphertext, moved_values_are_corrupt, reencrypt,
        reencrypt_identity_keys, reencrypt_webhook_secrets;
    encryption_log: interrupted_at_every_batch, rotations_are_told_from_stragglers,
        an_unfinished_run_goes_on_with_a_newer_key;
    journal: credential_states, usable_policies, quotas_and_counts, revocations_are_added_once;
    marketplace: only_what_is_visible, of_active_organizations, round_trip,
        last_published_first, pages, corrupt_values_name_their_place;
    marketplace_search: words_in_three_fields, pages_of_words, words_are_literal, exact_capability,
        exact_publisher, conditions_combine, changes_are_found;
    organizations: round_trip, system_organization, conflict_then_continue, list, update,
        agent_limit_is_exact, members, logs_in_order;
    outbox: round_trip, is_pending, wanted, rolled_back_events_never_leave, processed_events_stay_away,
        events_are_seen_once, prune_is_bounded, unreadable_events_name_their_place,
        events_set_aside_stay_away;
    partners: round_trip, find_locks, conflict_then_continue, newest_first,
        issuers_are_compared_exactly, update, delete, corrupt_values_name_their_place;
    relay: unreadable_events_hold_up_nobody, without_events_nothing_is_written;
    signing_keys: ring, conflict_then_continue, prune_keeps_the_row;
    stream: the_order_is_that_of_entry, an_event_outside_the_queue_does_not_wait,
        entries_of_a_change_that_did_not_happen_are_gone, removed_entries_stay_away,
        entries_given_up_stay_away, organizations_can_be_left_out,
        unreadable_and_missing_events_are_told_apart,
        queued_events_are_not_pruned, expiry_is_bounded, a_lease_has_one_holder;
    tiers: every_change_has_its_history, without_a_row_a_change_makes_one, all_or_nothing,
        the_system_organization_has_one;
    tokens: revocation_state, revocation_state_without_agent, markers_only_rise, live_and_pruned_revocations,
        prune_is_bounded;
    transactions: commit_and_rollback, dropped_transactions_leave_the_pool_usable,
        dropped_transactions_release_their_locks, cancelled_calls_do_no_harm,
        snapshots_do_not_move, locks, queries_are_measured, ping;
    trust_candidates: exact_repository, of_active_organizations, state_of_the_agent,
        latest_marker, pin_once, pin_completes_but_never_mixes, pin_locks;
    trust_policies: round_trip, conflict_then_continue, absent_values_are_equal,
        rules_are_compared_exactly, newest_first, of_one_agent, tenants_are_apart,
        corrupt_values_name_their_place;
    usage: add_is_an_upsert, concurrent_adds_lose_nothing, sums_per_hour, sums_per_agent,
        agents_without_tokens_are_in_one_order,
        sums_agree_with_rows, months_know_the_last_call, prune_is_bounded, live_agents;
    vault: credentials_move_to_vault_and_back, keys_lie_in_vault, ended_signing_keys_are_named,
        webhook_secrets_lie_in_vault, removals_are_listed_until_they_are_struck;
    walks: show_every_event_in_order, end_when_enough_was_seen_and_the_transaction_goes_on;
    webhooks: round_trip, find_locks, newest_first, active, organizations_in_order, update,
        delete, secrets_are_encrypted, moved_secrets_are_corrupt, corrupt_values_name_their_place;
}
