-- Events on their way to an event stream (Kafka), and leases.

-- An entry goes when its event was published. No foreign key: an insert locks
-- nothing. Within an organization the sequence is the order of its audit log,
-- which is locked by whoever adds an entry.
CREATE TABLE event_stream_queue (
    sequence        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id        uuid NOT NULL UNIQUE,
    organization_id uuid NOT NULL,
    -- When the event happened.
    created_at      timestamptz NOT NULL,
    -- Given up then.
    failed_at       timestamptz,
    -- Why.
    error           text
);

-- Work that one replica at a time does, without a transaction around it.
CREATE TABLE leases (
    name       text PRIMARY KEY,
    holder     text NOT NULL,
    expires_at timestamptz NOT NULL
);

ALTER TABLE event_stream_queue ENABLE ROW LEVEL SECURITY;

CREATE POLICY event_stream_queue_tenant ON event_stream_queue TO agentidp_app
    USING (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid)
    WITH CHECK (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY event_stream_queue_system ON event_stream_queue TO agentidp_system USING (true);

GRANT INSERT ON event_stream_queue TO agentidp_app;
GRANT SELECT, INSERT, DELETE, UPDATE (failed_at, error) ON event_stream_queue TO agentidp_system;
GRANT SELECT, INSERT, UPDATE (holder, expires_at) ON leases TO agentidp_system;
