-- Core schema: organizations, agents, credentials, audit logs, tokens, keys.
--
-- UUIDs are blobs of 16 bytes; points in time are Unix microseconds; not-before
-- markers and the expiry of tokens are whole Unix seconds; lists and objects
-- are JSON texts.

CREATE TABLE organizations (
    organization_id           BLOB PRIMARY KEY NOT NULL,
    name                      TEXT NOT NULL,
    slug                      TEXT NOT NULL UNIQUE,
    plan_tier                 TEXT NOT NULL,
    -- A limit counts when its flag is set; NULL then means unlimited.
    max_agents                INTEGER,
    max_agents_set            INTEGER NOT NULL,
    max_tokens_per_month      INTEGER,
    max_tokens_per_month_set  INTEGER NOT NULL,
    rate_limit_per_minute     INTEGER,
    rate_limit_per_minute_set INTEGER NOT NULL,
    status                    TEXT NOT NULL,
    -- Agents that are not decommissioned, so that the limit is exact.
    agent_count               INTEGER NOT NULL DEFAULT 0 CHECK (agent_count >= 0),
    tokens_not_before         INTEGER,
    created_at                INTEGER NOT NULL,
    updated_at                INTEGER NOT NULL
) STRICT;
CREATE INDEX organizations_listing ON organizations (created_at DESC, organization_id DESC);
CREATE INDEX organizations_not_before ON organizations (tokens_not_before)
    WHERE tokens_not_before IS NOT NULL;

CREATE TABLE agents (
    agent_id          BLOB PRIMARY KEY NOT NULL,
    organization_id   BLOB NOT NULL REFERENCES organizations (organization_id),
    email             TEXT NOT NULL,
    -- Lower-case form by the rules of the domain, the same on every database.
    email_folded      TEXT NOT NULL UNIQUE,
    agent_type        TEXT NOT NULL,
    version           TEXT NOT NULL,
    capabilities      TEXT NOT NULL,
    owner             TEXT NOT NULL,
    deployment_env    TEXT NOT NULL,
    status            TEXT NOT NULL,
    allowed_scopes    TEXT NOT NULL,
    is_public         INTEGER NOT NULL,
    published_at      INTEGER,
    did               TEXT,
    did_created_at    INTEGER,
    tokens_not_before INTEGER,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX agents_listing ON agents (organization_id, created_at DESC, agent_id DESC);
CREATE INDEX agents_owner ON agents (organization_id, owner, created_at DESC, agent_id DESC);
CREATE INDEX agents_active ON agents (agent_id) WHERE status = 'active';
CREATE INDEX agents_not_before ON agents (tokens_not_before) WHERE tokens_not_before IS NOT NULL;

CREATE TABLE credentials (
    credential_id   BLOB PRIMARY KEY NOT NULL,
    client_id       BLOB NOT NULL REFERENCES agents (agent_id),
    organization_id BLOB NOT NULL REFERENCES organizations (organization_id),
    selector        TEXT NOT NULL,
    -- Encrypted.
    secret_hash     TEXT NOT NULL,
    -- Encrypted.
    vault_path      TEXT,
    status          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER,
    revoked_at      INTEGER,
    UNIQUE (client_id, selector)
) STRICT;
CREATE INDEX credentials_listing ON credentials (client_id, created_at DESC, credential_id DESC);
CREATE INDEX credentials_expiry ON credentials (expires_at) WHERE status = 'active';

CREATE TABLE organization_members (
    member_id       BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL REFERENCES organizations (organization_id),
    agent_id        BLOB NOT NULL REFERENCES agents (agent_id),
    role            TEXT NOT NULL,
    joined_at       INTEGER NOT NULL,
    UNIQUE (organization_id, agent_id)
) STRICT;

CREATE TABLE audit_log_heads (
    organization_id   BLOB PRIMARY KEY NOT NULL REFERENCES organizations (organization_id),
    next_sequence     INTEGER NOT NULL,
    last_hash         TEXT NOT NULL,
    last_timestamp    INTEGER,
    verified_sequence INTEGER NOT NULL
) STRICT;

-- No foreign keys: events outlive what they speak of.
CREATE TABLE audit_events (
    event_id        BLOB PRIMARY KEY NOT NULL,
    organization_id BLOB NOT NULL,
    sequence        INTEGER NOT NULL,
    timestamp       INTEGER NOT NULL,
    action          TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    agent_id        TEXT NOT NULL,
    ip_address      TEXT NOT NULL,
    user_agent      TEXT NOT NULL,
    metadata        TEXT NOT NULL CHECK (json_valid(metadata)),
    previous_hash   TEXT NOT NULL,
    hash            TEXT NOT NULL,
    UNIQUE (organization_id, sequence)
) STRICT;
CREATE INDEX audit_events_time ON audit_events (organization_id, timestamp, sequence);
CREATE INDEX audit_events_agent ON audit_events (organization_id, agent_id, sequence);
CREATE INDEX audit_events_action ON audit_events (organization_id, action, sequence);

CREATE TRIGGER trg_audit_events_immutable_update BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are immutable');
END;
CREATE TRIGGER trg_audit_events_immutable_delete BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are immutable');
END;
-- INSERT OR REPLACE removes the old row without firing the trigger above.
CREATE TRIGGER trg_audit_events_immutable_replace BEFORE INSERT ON audit_events
WHEN EXISTS (SELECT 1 FROM audit_events WHERE event_id = NEW.event_id)
    OR EXISTS (
        SELECT 1 FROM audit_events
        WHERE organization_id = NEW.organization_id AND sequence = NEW.sequence
    )
BEGIN
    SELECT RAISE(ABORT, 'audit events are immutable');
END;

CREATE TABLE token_revocations (
    jti        BLOB PRIMARY KEY NOT NULL,
    agent_id   BLOB,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX token_revocations_expiry ON token_revocations (expires_at);

CREATE TABLE token_monthly_counts (
    organization_id BLOB NOT NULL REFERENCES organizations (organization_id),
    -- YYYY-MM, UTC.
    month           TEXT NOT NULL,
    count           INTEGER NOT NULL,
    PRIMARY KEY (organization_id, month)
) STRICT;

CREATE TABLE oidc_keys (
    kid         TEXT PRIMARY KEY NOT NULL,
    algorithm   TEXT NOT NULL,
    public_jwk  TEXT NOT NULL CHECK (json_valid(public_jwk)),
    -- Encrypted; removed after expiry.
    private_key TEXT,
    -- Encrypted.
    vault_path  TEXT,
    is_current  INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX oidc_keys_current ON oidc_keys (is_current) WHERE is_current;

CREATE TABLE change_feed (
    -- One writer at a time: ids become visible in their order. AUTOINCREMENT
    -- keeps them from being used again after a clean-up.
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    payload    TEXT NOT NULL,
    created_at INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000000 AS INTEGER))
) STRICT;
CREATE INDEX change_feed_age ON change_feed (created_at);

INSERT INTO organizations
    (organization_id, name, slug, plan_tier, max_agents_set, max_tokens_per_month_set,
     rate_limit_per_minute_set, status, created_at, updated_at)
VALUES
    (X'00000000000040008000000000000001', 'System', 'system', 'enterprise', 0, 0, 0, 'active',
     unixepoch() * 1000000, unixepoch() * 1000000);
