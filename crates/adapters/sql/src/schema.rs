//! The tables, as both databases have them.

mod billing;
mod usage;

pub use billing::{stripe_events, tenant_subscriptions, tenant_tier_changes, tenant_tiers};
pub use usage::{usage_events, usage_hours, usage_months};

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::types::{Id, Ts};

    organizations (organization_id) {
        organization_id -> Id,
        name -> Text,
        slug -> Text,
        plan_tier -> Text,
        max_agents -> Nullable<BigInt>,
        max_agents_set -> Bool,
        max_tokens_per_month -> Nullable<BigInt>,
        max_tokens_per_month_set -> Bool,
        rate_limit_per_minute -> Nullable<BigInt>,
        rate_limit_per_minute_set -> Bool,
        status -> Text,
        agent_count -> BigInt,
        tokens_not_before -> Nullable<BigInt>,
        created_at -> Ts,
        updated_at -> Ts,
        active_agents -> BigInt,
        suspended_agents -> BigInt,
        decommissioned_agents -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::types::{Id, TextArray, Ts};

    agents (agent_id) {
        agent_id -> Id,
        organization_id -> Id,
        email -> Text,
        email_folded -> Text,
        agent_type -> Text,
        version -> Text,
        capabilities -> TextArray,
        owner -> Text,
        deployment_env -> Text,
        status -> Text,
        allowed_scopes -> TextArray,
        is_public -> Bool,
        published_at -> Nullable<Ts>,
        did -> Nullable<Text>,
        did_created_at -> Nullable<Ts>,
        tokens_not_before -> Nullable<BigInt>,
        created_at -> Ts,
        updated_at -> Ts,
        search_text -> Text,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Ts};

    credentials (credential_id) {
        credential_id -> Id,
        client_id -> Id,
        organization_id -> Id,
        selector -> Text,
        secret_hash -> Text,
        vault_path -> Nullable<Text>,
        status -> Text,
        created_at -> Ts,
        expires_at -> Nullable<Ts>,
        revoked_at -> Nullable<Ts>,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::types::{Id, Ts};

    organization_members (member_id) {
        member_id -> Id,
        organization_id -> Id,
        agent_id -> Id,
        role -> Text,
        joined_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::{Id, Ts};

    audit_log_heads (organization_id) {
        organization_id -> Id,
        next_sequence -> BigInt,
        last_hash -> Text,
        last_timestamp -> Nullable<Ts>,
        verified_sequence -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::types::{Id, JsonDocument, Ts};

    audit_events (event_id) {
        event_id -> Id,
        organization_id -> Id,
        sequence -> BigInt,
        timestamp -> Ts,
        action -> Text,
        outcome -> Text,
        agent_id -> Text,
        ip_address -> Text,
        user_agent -> Text,
        metadata -> JsonDocument,
        previous_hash -> Text,
        hash -> Text,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::types::{Id, Ts};

    token_revocations (jti) {
        jti -> Id,
        agent_id -> Nullable<Id>,
        expires_at -> BigInt,
        revoked_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::types::Id;

    token_monthly_counts (organization_id, month) {
        organization_id -> Id,
        month -> Text,
        count -> BigInt,
    }
}

table! {
    use diesel::sql_types::{Bool, Nullable, Text};
    use crate::types::{JsonDocument, Ts};

    oidc_keys (kid) {
        kid -> Text,
        algorithm -> Text,
        public_jwk -> JsonDocument,
        private_key -> Nullable<Text>,
        vault_path -> Nullable<Text>,
        is_current -> Bool,
        created_at -> Ts,
        expires_at -> Nullable<Ts>,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, JsonDocument, Ts};

    agent_did_keys (key_id) {
        key_id -> Id,
        agent_id -> Id,
        public_jwk -> JsonDocument,
        private_key -> Nullable<Text>,
        vault_key_path -> Nullable<Text>,
        created_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Ts};

    oidc_trust_policies (policy_id) {
        #[sql_name = "id"]
        policy_id -> Id,
        organization_id -> Id,
        provider -> Text,
        repository -> Text,
        branch -> Nullable<Text>,
        agent_id -> Nullable<Id>,
        repository_id -> Nullable<Text>,
        repository_owner_id -> Nullable<Text>,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, JsonDocument, Ts};

    federation_partners (partner_id) {
        #[sql_name = "id"]
        partner_id -> Id,
        name -> Text,
        issuer -> Text,
        jwks_uri -> Text,
        allowed_organizations -> JsonDocument,
        status -> Text,
        expires_at -> Nullable<Ts>,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::{Id, TextArray, Ts};

    delegation_chains (chain_id) {
        #[sql_name = "id"]
        chain_id -> Id,
        #[sql_name = "tenant_id"]
        organization_id -> Id,
        delegator_agent_id -> Id,
        delegatee_agent_id -> Id,
        scopes -> TextArray,
        #[sql_name = "delegation_token"]
        token -> Text,
        signature -> Text,
        ttl_seconds -> BigInt,
        issued_at -> Ts,
        expires_at -> Ts,
        revoked_at -> Nullable<Ts>,
        created_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Ts};

    delegation_keys (key_id) {
        key_id -> Id,
        secret -> Nullable<Text>,
        vault_path -> Nullable<Text>,
        created_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, JsonDocument, Ts};

    event_outbox (event_id) {
        #[sql_name = "id"]
        event_id -> Id,
        organization_id -> Id,
        event_type -> Text,
        payload -> JsonDocument,
        created_at -> Ts,
        processed_at -> Nullable<Ts>,
        failed_at -> Nullable<Ts>,
        error -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::{Id, Ts};

    event_stream_queue (sequence) {
        sequence -> BigInt,
        event_id -> Id,
        organization_id -> Id,
        created_at -> Ts,
        failed_at -> Nullable<Ts>,
        error -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::types::Ts;

    leases (name) {
        name -> Text,
        holder -> Text,
        expires_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::types::{Id, TextArray, Ts};

    webhook_subscriptions (subscription_id) {
        #[sql_name = "id"]
        subscription_id -> Id,
        organization_id -> Id,
        name -> Text,
        url -> Text,
        events -> TextArray,
        signing_secret -> Nullable<Text>,
        vault_secret_path -> Nullable<Text>,
        active -> Bool,
        failure_count -> BigInt,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::{Id, JsonDocument, Ts};

    webhook_deliveries (delivery_id) {
        #[sql_name = "id"]
        delivery_id -> Id,
        subscription_id -> Id,
        event_type -> Text,
        payload -> JsonDocument,
        status -> Text,
        http_status_code -> Nullable<BigInt>,
        attempt_count -> BigInt,
        next_retry_at -> Nullable<Ts>,
        lease_expires_at -> Nullable<Ts>,
        delivered_at -> Nullable<Ts>,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::types::Ts;

    compliance_status (control_id) {
        control_id -> Text,
        status -> Text,
        last_checked -> Ts,
    }
}

table! {
    use diesel::sql_types::Text;

    use crate::types::Id;

    vault_removals (removal_id) {
        removal_id -> Id,
        place -> Text,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::{Id, Ts};

    #[sql_name = "_encryption_migration_log"]
    encryption_log (run_id) {
        run_id -> Id,
        key_version -> BigInt,
        started_at -> Ts,
        finished_at -> Nullable<Ts>,
        rows_changed -> BigInt,
        current_table -> Nullable<Text>,
    }
}

joinable!(credentials -> agents (client_id));
joinable!(delegation_chains -> organizations (organization_id));
joinable!(oidc_trust_policies -> agents (agent_id));
joinable!(oidc_trust_policies -> organizations (organization_id));
joinable!(token_monthly_counts -> organizations (organization_id));
allow_tables_to_appear_in_same_query!(agents, credentials);
allow_tables_to_appear_in_same_query!(agents, organizations, token_revocations);
allow_tables_to_appear_in_same_query!(delegation_chains, agents);
allow_tables_to_appear_in_same_query!(delegation_chains, organizations);
allow_tables_to_appear_in_same_query!(event_outbox, event_stream_queue);
allow_tables_to_appear_in_same_query!(oidc_trust_policies, agents);
allow_tables_to_appear_in_same_query!(oidc_trust_policies, organizations);
allow_tables_to_appear_in_same_query!(organizations, token_monthly_counts);
allow_tables_to_appear_in_same_query!(webhook_deliveries, webhook_subscriptions);
