ALTER TABLE organizations
    DROP COLUMN active_agents,
    DROP COLUMN suspended_agents,
    DROP COLUMN decommissioned_agents;
