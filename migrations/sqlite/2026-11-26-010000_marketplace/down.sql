DROP INDEX agents_publisher;
DROP INDEX agents_marketplace;
ALTER TABLE agents DROP COLUMN search_text;
