-- Usage per organization, agent and hour.

-- No foreign keys: counts outlive what they speak of, and an insert locks
-- nothing but its row.
CREATE TABLE usage_events (
    tenant_id   uuid NOT NULL,
    -- The nil UUID where no agent acted.
    agent_id    uuid NOT NULL,
    -- Start of the hour, UTC.
    hour        timestamptz NOT NULL,
    metric_type text NOT NULL,
    count       bigint NOT NULL,
    -- When the last counted event happened.
    last_at     timestamptz NOT NULL,
    -- In this order it serves the hours of one organization too.
    PRIMARY KEY (tenant_id, hour, metric_type, agent_id)
);
CREATE INDEX usage_events_age ON usage_events (hour);

ALTER TABLE usage_events ENABLE ROW LEVEL SECURITY;

CREATE POLICY usage_events_tenant ON usage_events TO agentidp_app
    USING (tenant_id = NULLIF(current_setting('app.organization_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY usage_events_system ON usage_events TO agentidp_system USING (true);

-- Updates are granted on the columns that may change.
GRANT SELECT, INSERT, UPDATE (count, last_at) ON usage_events TO agentidp_app, agentidp_system;
GRANT DELETE ON usage_events TO agentidp_system;
