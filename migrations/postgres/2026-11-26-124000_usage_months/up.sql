-- Tokens and API calls of an agent per month: sums of usage_events, written
-- together with its rows.

-- No index has the columns that change and pages keep room, so that an update
-- writes no index.
CREATE TABLE usage_months (
    tenant_id    uuid NOT NULL,
    -- First moment of the month, UTC.
    month        timestamptz NOT NULL,
    agent_id     uuid NOT NULL,
    tokens       bigint NOT NULL,
    calls        bigint NOT NULL,
    -- NULL without calls.
    last_call_at timestamptz,
    PRIMARY KEY (tenant_id, month, agent_id)
) WITH (fillfactor = 80);
CREATE INDEX usage_months_age ON usage_months (month);

INSERT INTO usage_months (tenant_id, month, agent_id, tokens, calls, last_call_at)
SELECT tenant_id, date_trunc('month', hour, 'UTC') AS first, agent_id,
    COALESCE(sum(count) FILTER (WHERE metric_type = 'token_issued'), 0)::bigint,
    COALESCE(sum(count) FILTER (WHERE metric_type = 'api_call'), 0)::bigint,
    max(last_at) FILTER (WHERE metric_type = 'api_call')
FROM usage_events
WHERE metric_type IN ('token_issued', 'api_call')
    AND agent_id <> '00000000-0000-0000-0000-000000000000'
GROUP BY tenant_id, first, agent_id;

ALTER TABLE usage_months ENABLE ROW LEVEL SECURITY;

CREATE POLICY usage_months_tenant ON usage_months TO agentidp_app
    USING (tenant_id = NULLIF(current_setting('app.organization_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY usage_months_system ON usage_months TO agentidp_system USING (true);

-- Updates are granted on the columns that may change.
GRANT SELECT, INSERT, UPDATE (tokens, calls, last_call_at)
    ON usage_months TO agentidp_app, agentidp_system;
GRANT DELETE ON usage_months TO agentidp_system;
