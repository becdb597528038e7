-- Lists of one owner. Type and state at the end let a count with either or both do
-- with the index alone.
CREATE INDEX agents_by_owner
    ON agents (organization_id, owner, created_at DESC, agent_id DESC, agent_type, status);
