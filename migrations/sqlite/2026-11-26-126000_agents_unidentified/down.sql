CREATE INDEX agents_unidentified
    ON agents (organization_id, agent_id) WHERE did IS NULL;
