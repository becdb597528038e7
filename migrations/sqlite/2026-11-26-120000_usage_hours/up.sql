-- Sums of usage_events over the agents of an organization, written together with
-- its rows: days and weeks are read in milliseconds however many agents there
-- are.

CREATE TABLE usage_hours (
    tenant_id   BLOB NOT NULL,
    metric_type TEXT NOT NULL,
    -- Start of the hour, UTC.
    hour        INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, metric_type, hour)
) STRICT;
CREATE INDEX usage_hours_age ON usage_hours (hour);

INSERT INTO usage_hours (tenant_id, metric_type, hour, count)
SELECT tenant_id, metric_type, hour, sum(count) FROM usage_events
GROUP BY tenant_id, metric_type, hour;
