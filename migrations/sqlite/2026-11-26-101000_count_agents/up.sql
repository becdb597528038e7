-- Counts agents by state, in the transaction that changes them. Agents are never
-- deleted.
CREATE TRIGGER trg_agents_count_added AFTER INSERT ON agents
BEGIN
    UPDATE organizations SET
        active_agents = active_agents + (NEW.status = 'active'),
        suspended_agents = suspended_agents + (NEW.status = 'suspended'),
        decommissioned_agents = decommissioned_agents + (NEW.status = 'decommissioned')
    WHERE organization_id = NEW.organization_id;
END;
CREATE TRIGGER trg_agents_count_moved AFTER UPDATE OF status, organization_id ON agents
WHEN OLD.status <> NEW.status OR OLD.organization_id <> NEW.organization_id
BEGIN
    UPDATE organizations SET
        active_agents = active_agents - (OLD.status = 'active'),
        suspended_agents = suspended_agents - (OLD.status = 'suspended'),
        decommissioned_agents = decommissioned_agents - (OLD.status = 'decommissioned')
    WHERE organization_id = OLD.organization_id;
    UPDATE organizations SET
        active_agents = active_agents + (NEW.status = 'active'),
        suspended_agents = suspended_agents + (NEW.status = 'suspended'),
        decommissioned_agents = decommissioned_agents + (NEW.status = 'decommissioned')
    WHERE organization_id = NEW.organization_id;
END;
