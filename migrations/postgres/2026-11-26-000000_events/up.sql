-- Platform events on their way out, webhook subscriptions and deliveries.

-- No foreign key: an insert locks nothing.
CREATE TABLE event_outbox (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    event_type      text NOT NULL,
    -- The envelope.
    payload         jsonb NOT NULL,
    -- When it happened.
    created_at      timestamptz NOT NULL,
    processed_at    timestamptz
);
CREATE INDEX event_outbox_pending ON event_outbox (created_at, id)
    WHERE processed_at IS NULL;
CREATE INDEX event_outbox_processed ON event_outbox (processed_at)
    WHERE processed_at IS NOT NULL;

CREATE TABLE webhook_subscriptions (
    id                uuid PRIMARY KEY,
    organization_id   uuid NOT NULL REFERENCES organizations (organization_id),
    name              text NOT NULL,
    url               text NOT NULL,
    events            text[] NOT NULL,
    -- Encrypted.
    signing_secret    text,
    -- Encrypted.
    vault_secret_path text,
    active            boolean NOT NULL,
    -- Failed attempts since the last success.
    failure_count     bigint NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);
CREATE INDEX webhook_subscriptions_listing
    ON webhook_subscriptions (organization_id, created_at DESC, id DESC);

CREATE TABLE webhook_deliveries (
    id               uuid PRIMARY KEY,
    subscription_id  uuid NOT NULL REFERENCES webhook_subscriptions (id) ON DELETE CASCADE,
    event_type       text NOT NULL,
    -- The envelope.
    payload          jsonb NOT NULL,
    status           text NOT NULL,
    -- NULL when there was no answer.
    http_status_code bigint,
    attempt_count    bigint NOT NULL,
    -- NULL when there is nothing left to do.
    next_retry_at    timestamptz,
    -- Until then it belongs to the worker that claimed it.
    lease_expires_at timestamptz,
    delivered_at     timestamptz,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (subscription_id, next_retry_at, id)
    WHERE next_retry_at IS NOT NULL;
CREATE INDEX webhook_deliveries_history
    ON webhook_deliveries (subscription_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);

ALTER TABLE event_outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;

CREATE POLICY event_outbox_tenant ON event_outbox TO agentidp_app
    USING (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid)
    WITH CHECK (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY webhook_subscriptions_tenant ON webhook_subscriptions TO agentidp_app
    USING (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid)
    WITH CHECK (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
-- The policy of subscriptions holds inside EXISTS too: a tenant finds its own
-- only. Deliveries that go with their subscription are removed by the foreign
-- key, which acts as the owner and needs neither policy nor grant.
CREATE POLICY webhook_deliveries_tenant ON webhook_deliveries TO agentidp_app
    USING (EXISTS (
        SELECT FROM webhook_subscriptions
        WHERE webhook_subscriptions.id = webhook_deliveries.subscription_id
    ));
CREATE POLICY event_outbox_system ON event_outbox TO agentidp_system USING (true);
CREATE POLICY webhook_subscriptions_system ON webhook_subscriptions TO agentidp_system USING (true);
CREATE POLICY webhook_deliveries_system ON webhook_deliveries TO agentidp_system USING (true);

-- Updates are granted on the columns that may change. Tenants write events and
-- secrets, and never read them back.
GRANT INSERT ON event_outbox TO agentidp_app;
GRANT SELECT, INSERT, DELETE, UPDATE (processed_at) ON event_outbox TO agentidp_system;
GRANT INSERT, DELETE,
    SELECT (id, organization_id, name, url, events, active, failure_count, created_at, updated_at),
    UPDATE (name, url, events, active, updated_at)
    ON webhook_subscriptions TO agentidp_app;
GRANT SELECT, UPDATE (signing_secret, vault_secret_path, failure_count)
    ON webhook_subscriptions TO agentidp_system;
GRANT SELECT ON webhook_deliveries TO agentidp_app;
GRANT SELECT, INSERT, DELETE,
    UPDATE (status, http_status_code, attempt_count, next_retry_at, lease_expires_at,
        delivered_at, updated_at)
    ON webhook_deliveries TO agentidp_system;
