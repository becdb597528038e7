-- Events on their way to an event stream (Kafka), and leases.

-- An entry goes when its event was published. No foreign key: events outlive
-- what they speak of. AUTOINCREMENT keeps the order also after all entries were
-- removed.
CREATE TABLE event_stream_queue (
    sequence        INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    event_id        BLOB NOT NULL UNIQUE,
    organization_id BLOB NOT NULL,
    -- When the event happened.
    created_at      INTEGER NOT NULL,
    -- Given up then.
    failed_at       INTEGER,
    -- Why.
    error           TEXT
) STRICT;

-- Work that one process at a time does, without a transaction around it.
CREATE TABLE leases (
    name       TEXT PRIMARY KEY NOT NULL,
    holder     TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
