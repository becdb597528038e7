-- Agents without an identifier: found in the order of their ids, and counted by
-- state, both with the index alone.
--
-- Without holding up writers, hence alone in its migration and in no transaction.
-- Interrupted, it leaves an invalid index behind: drop that and migrate again.
CREATE INDEX CONCURRENTLY agents_nameless
    ON agents (organization_id, status, agent_id) WHERE did IS NULL;
