-- The public marketplace: agents of all organizations that are public and
-- active, found by words, by capability and by owner.

-- Indexes of words; part of PostgreSQL's contrib modules.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- What words are looked for in: owner, capabilities and type in lower case,
-- each on a line of its own. Written by the program.
ALTER TABLE agents ADD COLUMN search_text text NOT NULL DEFAULT '';
UPDATE agents SET search_text =
    lower(concat_ws(E'\n', owner, array_to_string(capabilities, E'\n'), agent_type));

-- The organization at the end lets a count do with the index alone.
CREATE INDEX agents_marketplace ON agents (published_at DESC, agent_id, organization_id)
    WHERE is_public AND status = 'active';
CREATE INDEX agents_publisher ON agents (owner, published_at DESC, agent_id, organization_id)
    WHERE is_public AND status = 'active';
CREATE INDEX agents_search_text ON agents USING gin (search_text gin_trgm_ops)
    WHERE is_public AND status = 'active';
CREATE INDEX agents_capabilities ON agents USING gin (capabilities)
    WHERE is_public AND status = 'active';
