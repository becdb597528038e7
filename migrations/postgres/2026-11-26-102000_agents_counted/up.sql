-- Counts the agents from before the triggers. Nobody is held up, and what is
-- changed meanwhile counts once: agents and counters are read in one snapshot, and
-- what is missing there is added to the counter of the moment. Repeated, it adds
-- nothing.
UPDATE organizations SET
    active_agents = organizations.active_agents + missing.active,
    suspended_agents = organizations.suspended_agents + missing.suspended,
    decommissioned_agents = organizations.decommissioned_agents + missing.decommissioned
FROM (
    SELECT counted.organization_id,
        count(*) FILTER (WHERE agents.status = 'active') - counted.active_agents AS active,
        count(*) FILTER (WHERE agents.status = 'suspended') - counted.suspended_agents
            AS suspended,
        count(*) FILTER (WHERE agents.status = 'decommissioned')
            - counted.decommissioned_agents AS decommissioned
    FROM organizations AS counted
    LEFT JOIN agents ON agents.organization_id = counted.organization_id
    GROUP BY counted.organization_id
) AS missing
WHERE organizations.organization_id = missing.organization_id
    AND (missing.active <> 0 OR missing.suspended <> 0 OR missing.decommissioned <> 0);
