-- Runs of re-encryption: progress and completion.

CREATE TABLE _encryption_migration_log (
    run_id        uuid PRIMARY KEY,
    -- Version of the key that everything is encrypted with afterwards.
    key_version   bigint NOT NULL,
    started_at    timestamptz NOT NULL,
    -- Null while rows of older keys may be left.
    finished_at   timestamptz,
    rows_changed  bigint NOT NULL,
    -- Where the run is; null before the first row and after the last.
    current_table text
);

GRANT SELECT, INSERT, UPDATE (key_version, finished_at, rows_changed, current_table)
    ON _encryption_migration_log TO agentidp_system;
