ALTER TABLE organizations DROP COLUMN active_agents;
ALTER TABLE organizations DROP COLUMN suspended_agents;
ALTER TABLE organizations DROP COLUMN decommissioned_agents;
