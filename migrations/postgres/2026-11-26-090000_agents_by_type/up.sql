-- Lists of one type. The state at the end lets a count of both do with the index
-- alone.
--
-- Without holding up writers, hence alone in its migration and in no transaction.
-- Interrupted, it leaves an invalid index behind: drop that and migrate again.
CREATE INDEX CONCURRENTLY agents_type
    ON agents (organization_id, agent_type, created_at DESC, agent_id DESC, status);
