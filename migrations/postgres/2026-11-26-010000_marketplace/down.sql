DROP INDEX agents_capabilities;
DROP INDEX agents_search_text;
DROP INDEX agents_publisher;
DROP INDEX agents_marketplace;
ALTER TABLE agents DROP COLUMN search_text;
-- The extension stays: others may use it.
