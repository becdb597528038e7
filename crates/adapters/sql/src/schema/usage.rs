//! Usage and its sums.

use diesel::table;

table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::types::{Id, Ts};

    usage_events (organization_id, hour, metric_type, agent_id) {
        #[sql_name = "tenant_id"]
        organization_id -> Id,
        agent_id -> Id,
        hour -> Ts,
        metric_type -> Text,
        count -> BigInt,
        last_at -> Ts,
    }
}

table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::types::{Id, Ts};

    usage_hours (organization_id, metric_type, hour) {
        #[sql_name = "tenant_id"]
        organization_id -> Id,
        metric_type -> Text,
        hour -> Ts,
        count -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::types::{Id, Ts};

    usage_months (organization_id, month, agent_id) {
        #[sql_name = "tenant_id"]
        organization_id -> Id,
        month -> Ts,
        agent_id -> Id,
        tokens -> BigInt,
        calls -> BigInt,
        last_call_at -> Nullable<Ts>,
    }
}
