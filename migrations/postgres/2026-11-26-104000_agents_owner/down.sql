CREATE INDEX CONCURRENTLY agents_owner
    ON agents (organization_id, owner, created_at DESC, agent_id DESC);
