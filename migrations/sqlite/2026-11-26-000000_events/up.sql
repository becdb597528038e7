-- Platform events on their way out, webhook subscriptions and deliveries.

-- No foreign key: events outlive what they speak of.
CREATE TABLE event_outbox (
    id              BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL,
    event_type      TEXT NOT NULL,
    -- The envelope.
    payload         TEXT NOT NULL CHECK (json_valid(payload)),
    -- When it happened.
    created_at      INTEGER NOT NULL,
    processed_at    INTEGER
) STRICT;
CREATE INDEX event_outbox_pending ON event_outbox (created_at, id)
    WHERE processed_at IS NULL;
CREATE INDEX event_outbox_processed ON event_outbox (processed_at)
    WHERE processed_at IS NOT NULL;

CREATE TABLE webhook_subscriptions (
    id                BLOB PRIMARY KEY NOT NULL,
    organization_id   BLOB NOT NULL REFERENCES organizations (organization_id),
    name              TEXT NOT NULL,
    url               TEXT NOT NULL,
    events            TEXT NOT NULL,
    -- Encrypted.
    signing_secret    TEXT,
    -- Encrypted.
    vault_secret_path TEXT,
    active            INTEGER NOT NULL,
    -- Failed attempts since the last success.
    failure_count     INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_subscriptions_listing
    ON webhook_subscriptions (organization_id, created_at DESC, id DESC);

CREATE TABLE webhook_deliveries (
    id               BLOB PRIMARY KEY NOT NULL,
    subscription_id  BLOB NOT NULL REFERENCES webhook_subscriptions (id) ON DELETE CASCADE,
    event_type       TEXT NOT NULL,
    -- The envelope.
    payload          TEXT NOT NULL CHECK (json_valid(payload)),
    status           TEXT NOT NULL,
    -- NULL when there was no answer.
    http_status_code INTEGER,
    attempt_count    INTEGER NOT NULL,
    -- NULL when there is nothing left to do.
    next_retry_at    INTEGER,
    -- Until then it belongs to the worker that claimed it.
    lease_expires_at INTEGER,
    delivered_at     INTEGER,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (subscription_id, next_retry_at, id)
    WHERE next_retry_at IS NOT NULL;
CREATE INDEX webhook_deliveries_history
    ON webhook_deliveries (subscription_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);
