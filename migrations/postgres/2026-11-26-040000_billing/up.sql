-- Tiers with their history, subscriptions at Stripe, and Stripe's events.

CREATE TABLE tenant_tiers (
    tenant_id              uuid PRIMARY KEY REFERENCES organizations (organization_id),
    -- The same as organizations.plan_tier; both are written together.
    tier                   text NOT NULL,
    -- What brought it about; NULL for an administrator.
    stripe_subscription_id text,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL
);

-- Every tier an organization had, in rows that nobody changes.
CREATE TABLE tenant_tier_changes (
    id                     bigserial PRIMARY KEY,
    tenant_id              uuid NOT NULL REFERENCES organizations (organization_id),
    tier                   text NOT NULL,
    stripe_subscription_id text,
    changed_at             timestamptz NOT NULL
);
CREATE INDEX tenant_tier_changes_history ON tenant_tier_changes (tenant_id, id);

CREATE TABLE tenant_subscriptions (
    tenant_id              uuid PRIMARY KEY REFERENCES organizations (organization_id),
    status                 text NOT NULL,
    stripe_customer_id     text,
    stripe_subscription_id text NOT NULL UNIQUE,
    current_period_end     timestamptz,
    -- When its checkout was completed, by Stripe's clock.
    activated_at           timestamptz NOT NULL,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL
);

-- No foreign keys: events outlive what they speak of.
CREATE TABLE stripe_events (
    event_id     text PRIMARY KEY,
    type         text NOT NULL,
    -- By Stripe's clock.
    created      timestamptz NOT NULL,
    -- The subscription it was applied to; NULL when nothing followed from it.
    applied_to   text,
    processed_at timestamptz NOT NULL
);
CREATE INDEX stripe_events_applied ON stripe_events (applied_to, created)
    WHERE applied_to IS NOT NULL;
CREATE INDEX stripe_events_age ON stripe_events (processed_at);

INSERT INTO tenant_tiers (tenant_id, tier, created_at, updated_at)
    SELECT organization_id, plan_tier, created_at, updated_at FROM organizations;
INSERT INTO tenant_tier_changes (tenant_id, tier, changed_at)
    SELECT organization_id, plan_tier, updated_at FROM organizations ORDER BY created_at;

ALTER TABLE tenant_tiers ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_tier_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_subscriptions ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_tiers_tenant ON tenant_tiers TO agentidp_app
    USING (tenant_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY tenant_tier_changes_tenant ON tenant_tier_changes TO agentidp_app
    USING (tenant_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY tenant_subscriptions_tenant ON tenant_subscriptions TO agentidp_app
    USING (tenant_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY tenant_tiers_system ON tenant_tiers TO agentidp_system USING (true);
CREATE POLICY tenant_tier_changes_system ON tenant_tier_changes TO agentidp_system USING (true);
CREATE POLICY tenant_subscriptions_system ON tenant_subscriptions TO agentidp_system USING (true);

-- A tenant reads what is its own and changes nothing of it: tiers are set by
-- Stripe's events and by administrators. Stripe's ids are not for tenants.
GRANT SELECT (tenant_id, tier, created_at, updated_at) ON tenant_tiers TO agentidp_app;
GRANT SELECT (id, tenant_id, tier, changed_at) ON tenant_tier_changes TO agentidp_app;
GRANT SELECT (tenant_id, status, current_period_end, activated_at, created_at, updated_at)
    ON tenant_subscriptions TO agentidp_app;
GRANT SELECT, INSERT, UPDATE (tier, stripe_subscription_id, updated_at)
    ON tenant_tiers TO agentidp_system;
GRANT SELECT, INSERT ON tenant_tier_changes TO agentidp_system;
GRANT USAGE ON SEQUENCE tenant_tier_changes_id_seq TO agentidp_system;
GRANT SELECT, INSERT,
    UPDATE (status, stripe_customer_id, stripe_subscription_id, current_period_end,
        activated_at, updated_at)
    ON tenant_subscriptions TO agentidp_system;
GRANT SELECT, INSERT, DELETE ON stripe_events TO agentidp_system;
