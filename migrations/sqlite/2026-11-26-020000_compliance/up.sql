-- Compliance: results of checks that one replica makes for all, and what
-- reports and checks look for.

CREATE TABLE compliance_status (
    control_id   TEXT PRIMARY KEY NOT NULL,
    status       TEXT NOT NULL,
    last_checked INTEGER NOT NULL
) STRICT;

CREATE INDEX agents_identified ON agents (organization_id, agent_id)
    WHERE status = 'active' AND did IS NOT NULL;
CREATE INDEX agents_unidentified ON agents (organization_id, agent_id)
    WHERE did IS NULL;
CREATE INDEX credentials_organization_expiry
    ON credentials (organization_id, expires_at, credential_id) WHERE status = 'active';
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (updated_at)
    WHERE status = 'dead_letter';
