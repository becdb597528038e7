DROP TRIGGER trg_agents_count_moved;
DROP TRIGGER trg_agents_count_added;
