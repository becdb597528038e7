-- Compliance: results of checks that one replica makes for all, and what
-- reports and checks look for.

CREATE TABLE compliance_status (
    control_id   text PRIMARY KEY,
    status       text NOT NULL,
    last_checked timestamptz NOT NULL
);

CREATE INDEX agents_identified ON agents (organization_id, agent_id)
    WHERE status = 'active' AND did IS NOT NULL;
CREATE INDEX agents_unidentified ON agents (organization_id, agent_id)
    WHERE did IS NULL;
CREATE INDEX credentials_organization_expiry
    ON credentials (organization_id, expires_at, credential_id) WHERE status = 'active';
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (updated_at)
    WHERE status = 'dead_letter';

GRANT SELECT, INSERT, UPDATE (status, last_checked) ON compliance_status TO agentidp_system;
