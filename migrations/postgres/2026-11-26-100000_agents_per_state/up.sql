-- How many agents of each state an organization has, so that lists need not
-- count them. Kept by the database (the next migration), not by the program:
-- during a rolling upgrade the version before changes agents as well.
ALTER TABLE organizations
    ADD COLUMN active_agents bigint NOT NULL DEFAULT 0,
    ADD COLUMN suspended_agents bigint NOT NULL DEFAULT 0,
    ADD COLUMN decommissioned_agents bigint NOT NULL DEFAULT 0;
