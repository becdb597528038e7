-- Lists and counts by state.
CREATE INDEX agents_status
    ON agents (organization_id, status, created_at DESC, agent_id DESC);
