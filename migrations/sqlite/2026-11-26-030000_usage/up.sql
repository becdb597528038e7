-- Usage per organization, agent and hour.

-- No foreign keys: counts outlive what they speak of.
CREATE TABLE usage_events (
    tenant_id   BLOB NOT NULL,
    -- The nil UUID where no agent acted.
    agent_id    BLOB NOT NULL,
    -- Start of the hour, UTC.
    hour        INTEGER NOT NULL,
    metric_type TEXT NOT NULL,
    count       INTEGER NOT NULL,
    -- When the last counted event happened.
    last_at     INTEGER NOT NULL,
    -- In this order it serves the hours of one organization too.
    PRIMARY KEY (tenant_id, hour, metric_type, agent_id)
) STRICT;
CREATE INDEX usage_events_age ON usage_events (hour);
