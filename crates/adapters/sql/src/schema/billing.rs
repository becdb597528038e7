//! Tables of tiers and subscriptions.

use diesel::table;

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Ts};

    tenant_tiers (organization_id) {
        #[sql_name = "tenant_id"]
        organization_id -> Id,
        tier -> Text,
        #[sql_name = "stripe_subscription_id"]
        subscription_id -> Nullable<Text>,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::{Id, Ts};

    tenant_tier_changes (id) {
        id -> BigInt,
        #[sql_name = "tenant_id"]
        organization_id -> Id,
        tier -> Text,
        #[sql_name = "stripe_subscription_id"]
        subscription_id -> Nullable<Text>,
        changed_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Ts};

    tenant_subscriptions (organization_id) {
        #[sql_name = "tenant_id"]
        organization_id -> Id,
        status -> Text,
        #[sql_name = "stripe_customer_id"]
        customer_id -> Nullable<Text>,
        #[sql_name = "stripe_subscription_id"]
        subscription_id -> Text,
        current_period_end -> Nullable<Ts>,
        activated_at -> Ts,
        created_at -> Ts,
        updated_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::Ts;

    stripe_events (event_id) {
        event_id -> Text,
        #[sql_name = "type"]
        event_type -> Text,
        created -> Ts,
        applied_to -> Nullable<Text>,
        processed_at -> Ts,
    }
}
