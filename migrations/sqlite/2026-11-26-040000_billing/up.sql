-- Tiers with their history, subscriptions at Stripe, and Stripe's events.

CREATE TABLE tenant_tiers (
    tenant_id              BLOB PRIMARY KEY NOT NULL REFERENCES organizations (organization_id),
    -- The same as organizations.plan_tier; both are written together.
    tier                   TEXT NOT NULL,
    -- What brought it about; NULL for an administrator.
    stripe_subscription_id TEXT,
    created_at             INTEGER NOT NULL,
    updated_at             INTEGER NOT NULL
) STRICT;

-- Every tier an organization had, in rows that nobody changes.
CREATE TABLE tenant_tier_changes (
    id                     INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    tenant_id              BLOB NOT NULL REFERENCES organizations (organization_id),
    tier                   TEXT NOT NULL,
    stripe_subscription_id TEXT,
    changed_at             INTEGER NOT NULL
) STRICT;
CREATE INDEX tenant_tier_changes_history ON tenant_tier_changes (tenant_id, id);

CREATE TABLE tenant_subscriptions (
    tenant_id              BLOB PRIMARY KEY NOT NULL REFERENCES organizations (organization_id),
    status                 TEXT NOT NULL,
    stripe_customer_id     TEXT,
    stripe_subscription_id TEXT NOT NULL UNIQUE,
    current_period_end     INTEGER,
    -- When its checkout was completed, by Stripe's clock.
    activated_at           INTEGER NOT NULL,
    created_at             INTEGER NOT NULL,
    updated_at             INTEGER NOT NULL
) STRICT;

-- No foreign keys: events outlive what they speak of.
CREATE TABLE stripe_events (
    event_id     TEXT PRIMARY KEY NOT NULL,
    type         TEXT NOT NULL,
    -- By Stripe's clock.
    created      INTEGER NOT NULL,
    -- The subscription it was applied to; NULL when nothing followed from it.
    applied_to   TEXT,
    processed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX stripe_events_applied ON stripe_events (applied_to, created)
    WHERE applied_to IS NOT NULL;
CREATE INDEX stripe_events_age ON stripe_events (processed_at);

INSERT INTO tenant_tiers (tenant_id, tier, created_at, updated_at)
    SELECT organization_id, plan_tier, created_at, updated_at FROM organizations;
INSERT INTO tenant_tier_changes (tenant_id, tier, changed_at)
    SELECT organization_id, plan_tier, updated_at FROM organizations ORDER BY created_at;
