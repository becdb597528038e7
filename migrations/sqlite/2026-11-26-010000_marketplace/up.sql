-- The public marketplace: agents of all organizations that are public and
-- active, found by words, by capability and by owner.

-- What words are looked for in: owner, capabilities and type in lower case,
-- each on a line of its own. Written by the program. lower() knows ASCII only;
-- other letters of an owner follow with the next change of the agent.
ALTER TABLE agents ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE agents SET search_text = lower(
    owner || char(10)
    || COALESCE((SELECT group_concat(value, char(10)) FROM json_each(agents.capabilities)), '')
    || char(10) || agent_type
);

-- The organization at the end lets a count do with the index alone.
CREATE INDEX agents_marketplace ON agents (published_at DESC, agent_id, organization_id)
    WHERE is_public AND status = 'active';
CREATE INDEX agents_publisher ON agents (owner, published_at DESC, agent_id, organization_id)
    WHERE is_public AND status = 'active';
