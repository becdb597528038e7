-- An event that cannot be read is set aside instead of holding up all others.

ALTER TABLE event_outbox ADD COLUMN failed_at INTEGER;
-- What could not be read.
ALTER TABLE event_outbox ADD COLUMN error TEXT;
DROP INDEX event_outbox_pending;
CREATE INDEX event_outbox_pending ON event_outbox (created_at, id)
    WHERE processed_at IS NULL AND failed_at IS NULL;
