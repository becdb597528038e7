-- The agents of an organization in the order of their ids, for those that did
-- nothing in a month.
--
-- Without holding up writers, hence alone in its migration and in no transaction.
-- Interrupted, it leaves an invalid index behind: drop that and migrate again.
CREATE INDEX CONCURRENTLY agents_present
    ON agents (organization_id, agent_id) WHERE status <> 'decommissioned';
