-- How many agents of each state an organization has, so that lists need not
-- count them. Kept by the database (the next migration), not by the program:
-- during a rolling upgrade the version before changes agents as well.
ALTER TABLE organizations ADD COLUMN active_agents INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN suspended_agents INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN decommissioned_agents INTEGER NOT NULL DEFAULT 0;
