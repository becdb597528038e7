-- An event that cannot be read is set aside instead of holding up all others.

ALTER TABLE event_outbox
    ADD COLUMN failed_at timestamptz,
    -- What could not be read.
    ADD COLUMN error text;
DROP INDEX event_outbox_pending;
CREATE INDEX event_outbox_pending ON event_outbox (created_at, id)
    WHERE processed_at IS NULL AND failed_at IS NULL;

GRANT UPDATE (failed_at, error) ON event_outbox TO agentidp_system;
