-- Lists and counts by state.
--
-- Without holding up writers, hence alone in its migration and in no transaction.
-- Interrupted, it leaves an invalid index behind: drop that and migrate again.
CREATE INDEX CONCURRENTLY agents_status
    ON agents (organization_id, status, created_at DESC, agent_id DESC);
