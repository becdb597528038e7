-- Agents without an identifier: found in the order of their ids, and counted by
-- state, both with the index alone.
CREATE INDEX agents_nameless
    ON agents (organization_id, status, agent_id) WHERE did IS NULL;
