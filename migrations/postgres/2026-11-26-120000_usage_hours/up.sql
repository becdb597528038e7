-- Sums of usage_events over the agents of an organization, written together with
-- its rows: days and weeks are read in milliseconds however many agents there
-- are.

-- Shared by all who count for an organization: locked in the order of the key.
CREATE TABLE usage_hours (
    tenant_id   uuid NOT NULL,
    metric_type text NOT NULL,
    -- Start of the hour, UTC.
    hour        timestamptz NOT NULL,
    count       bigint NOT NULL,
    PRIMARY KEY (tenant_id, metric_type, hour)
);
CREATE INDEX usage_hours_age ON usage_hours (hour);

INSERT INTO usage_hours (tenant_id, metric_type, hour, count)
SELECT tenant_id, metric_type, hour, sum(count)::bigint FROM usage_events
GROUP BY tenant_id, metric_type, hour;

ALTER TABLE usage_hours ENABLE ROW LEVEL SECURITY;

CREATE POLICY usage_hours_tenant ON usage_hours TO agentidp_app
    USING (tenant_id = NULLIF(current_setting('app.organization_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY usage_hours_system ON usage_hours TO agentidp_system USING (true);

-- Updates are granted on the column that may change.
GRANT SELECT, INSERT, UPDATE (count) ON usage_hours TO agentidp_app, agentidp_system;
GRANT DELETE ON usage_hours TO agentidp_system;
