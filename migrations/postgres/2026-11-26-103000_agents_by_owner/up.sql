-- Lists of one owner. Type and state at the end let a count with either or both do
-- with the index alone.
--
-- Without holding up writers, hence alone in its migration and in no transaction.
-- Interrupted, it leaves an invalid index behind: drop that and migrate again.
CREATE INDEX CONCURRENTLY agents_by_owner
    ON agents (organization_id, owner, created_at DESC, agent_id DESC, agent_type, status);
