-- Runs of re-encryption: progress and completion.

CREATE TABLE _encryption_migration_log (
    run_id        BLOB PRIMARY KEY NOT NULL,
    -- Version of the key that everything is encrypted with afterwards.
    key_version   INTEGER NOT NULL,
    started_at    INTEGER NOT NULL,
    -- Null while rows of older keys may be left.
    finished_at   INTEGER,
    rows_changed  INTEGER NOT NULL,
    -- Where the run is; null before the first row and after the last.
    current_table TEXT
) STRICT;
