-- Tokens and API calls of an agent per month: sums of usage_events, written
-- together with its rows.

CREATE TABLE usage_months (
    tenant_id    BLOB NOT NULL,
    -- First moment of the month, UTC.
    month        INTEGER NOT NULL,
    agent_id     BLOB NOT NULL,
    tokens       INTEGER NOT NULL,
    calls        INTEGER NOT NULL,
    -- NULL without calls.
    last_call_at INTEGER,
    PRIMARY KEY (tenant_id, month, agent_id)
) STRICT;
CREATE INDEX usage_months_age ON usage_months (month);

INSERT INTO usage_months (tenant_id, month, agent_id, tokens, calls, last_call_at)
SELECT tenant_id, unixepoch(hour / 1000000, 'unixepoch', 'start of month') * 1000000 AS first,
    agent_id,
    sum(CASE metric_type WHEN 'token_issued' THEN count ELSE 0 END),
    sum(CASE metric_type WHEN 'api_call' THEN count ELSE 0 END),
    max(CASE metric_type WHEN 'api_call' THEN last_at END)
FROM usage_events
WHERE metric_type IN ('token_issued', 'api_call')
    AND agent_id <> X'00000000000000000000000000000000'
GROUP BY tenant_id, first, agent_id;
