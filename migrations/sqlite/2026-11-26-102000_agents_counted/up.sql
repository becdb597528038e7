-- Counts the agents from before the triggers.
UPDATE organizations SET
    active_agents = (SELECT count(*) FROM agents
        WHERE agents.organization_id = organizations.organization_id
            AND agents.status = 'active'),
    suspended_agents = (SELECT count(*) FROM agents
        WHERE agents.organization_id = organizations.organization_id
            AND agents.status = 'suspended'),
    decommissioned_agents = (SELECT count(*) FROM agents
        WHERE agents.organization_id = organizations.organization_id
            AND agents.status = 'decommissioned');
