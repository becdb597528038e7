-- Lists of one type. The state at the end lets a count of both do with the index
-- alone.
CREATE INDEX agents_type
    ON agents (organization_id, agent_type, created_at DESC, agent_id DESC, status);
