DROP INDEX event_outbox_pending;
ALTER TABLE event_outbox DROP COLUMN error;
ALTER TABLE event_outbox DROP COLUMN failed_at;
CREATE INDEX event_outbox_pending ON event_outbox (created_at, id)
    WHERE processed_at IS NULL;
