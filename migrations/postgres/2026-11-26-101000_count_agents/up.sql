-- Counts agents by state, in the transaction that changes them.
--
-- Per statement: one that changes a hundred thousand agents, as the deletion of an
-- organization does, updates the organization once. One that changes no state
-- touches no organization. Agents are never deleted.
CREATE FUNCTION agents_count_added() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE organizations SET
        active_agents = organizations.active_agents + added.active,
        suspended_agents = organizations.suspended_agents + added.suspended,
        decommissioned_agents = organizations.decommissioned_agents + added.decommissioned
    FROM (
        SELECT organization_id,
            count(*) FILTER (WHERE status = 'active') AS active,
            count(*) FILTER (WHERE status = 'suspended') AS suspended,
            count(*) FILTER (WHERE status = 'decommissioned') AS decommissioned
        FROM after_change GROUP BY organization_id
    ) AS added
    WHERE organizations.organization_id = added.organization_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION agents_count_moved() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE organizations SET
        active_agents = organizations.active_agents + moved.active,
        suspended_agents = organizations.suspended_agents + moved.suspended,
        decommissioned_agents = organizations.decommissioned_agents + moved.decommissioned
    FROM (
        SELECT organization_id,
            COALESCE(sum(change) FILTER (WHERE status = 'active'), 0) AS active,
            COALESCE(sum(change) FILTER (WHERE status = 'suspended'), 0) AS suspended,
            COALESCE(sum(change) FILTER (WHERE status = 'decommissioned'), 0) AS decommissioned
        FROM (
            SELECT organization_id, status, 1 AS change FROM after_change
            UNION ALL
            SELECT organization_id, status, -1 FROM before_change
        ) AS changes
        GROUP BY organization_id
    ) AS moved
    WHERE organizations.organization_id = moved.organization_id
        AND (moved.active <> 0 OR moved.suspended <> 0 OR moved.decommissioned <> 0);
    RETURN NULL;
END
$$;

CREATE TRIGGER trg_agents_count_added
    AFTER INSERT ON agents
    REFERENCING NEW TABLE AS after_change
    FOR EACH STATEMENT EXECUTE FUNCTION agents_count_added();
CREATE TRIGGER trg_agents_count_moved
    AFTER UPDATE ON agents
    REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change
    FOR EACH STATEMENT EXECUTE FUNCTION agents_count_moved();
