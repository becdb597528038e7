DROP TRIGGER trg_agents_count_moved ON agents;
DROP TRIGGER trg_agents_count_added ON agents;
DROP FUNCTION agents_count_moved();
DROP FUNCTION agents_count_added();
