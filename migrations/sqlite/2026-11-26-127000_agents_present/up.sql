-- The agents of an organization in the order of their ids, for those that did
-- nothing in a month.
CREATE INDEX agents_present ON agents (organization_id, agent_id)
    WHERE status <> 'decommissioned';
