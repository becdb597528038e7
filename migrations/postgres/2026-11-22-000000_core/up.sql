-- Core schema: organizations, agents, credentials, audit logs, tokens, keys.
--
-- Points in time are timestamptz; not-before markers and the expiry of tokens
-- are NumericDates (RFC 7519), whole Unix seconds, and therefore bigint.
-- Words such as states are text: the domain refuses what it does not know and
-- names the row.

-- Roles belong to the cluster, so another database may have made them already,
-- or may be making them right now.
--   agentidp_app     transactions of one tenant, bound by row-level security
--   agentidp_system  background work, look-ups by id, administration
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'agentidp_app') THEN
        CREATE ROLE agentidp_app NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'agentidp_system') THEN
        CREATE ROLE agentidp_system NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
    IF NOT pg_has_role(CURRENT_USER, 'agentidp_app', 'MEMBER') THEN
        EXECUTE format('GRANT agentidp_app TO %I', CURRENT_USER);
    END IF;
    IF NOT pg_has_role(CURRENT_USER, 'agentidp_system', 'MEMBER') THEN
        EXECUTE format('GRANT agentidp_system TO %I', CURRENT_USER);
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

CREATE TABLE organizations (
    organization_id           uuid PRIMARY KEY,
    name                      text NOT NULL,
    slug                      text NOT NULL UNIQUE,
    plan_tier                 text NOT NULL,
    -- A limit counts when its flag is set; NULL then means unlimited.
    max_agents                bigint,
    max_agents_set            boolean NOT NULL,
    max_tokens_per_month      bigint,
    max_tokens_per_month_set  boolean NOT NULL,
    rate_limit_per_minute     bigint,
    rate_limit_per_minute_set boolean NOT NULL,
    status                    text NOT NULL,
    -- Agents that are not decommissioned, so that the limit is exact.
    agent_count               bigint NOT NULL DEFAULT 0 CHECK (agent_count >= 0),
    tokens_not_before         bigint,
    created_at                timestamptz NOT NULL,
    updated_at                timestamptz NOT NULL
);
CREATE INDEX organizations_listing ON organizations (created_at DESC, organization_id DESC);
CREATE INDEX organizations_not_before ON organizations (tokens_not_before)
    WHERE tokens_not_before IS NOT NULL;

CREATE TABLE agents (
    agent_id          uuid PRIMARY KEY,
    organization_id   uuid NOT NULL REFERENCES organizations (organization_id),
    email             text NOT NULL,
    -- Lower-case form by the rules of the domain, the same on every database.
    email_folded      text NOT NULL UNIQUE,
    agent_type        text NOT NULL,
    version           text NOT NULL,
    capabilities      text[] NOT NULL,
    owner             text NOT NULL,
    deployment_env    text NOT NULL,
    status            text NOT NULL,
    allowed_scopes    text[] NOT NULL,
    is_public         boolean NOT NULL,
    published_at      timestamptz,
    did               text,
    did_created_at    timestamptz,
    tokens_not_before bigint,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);
CREATE INDEX agents_listing ON agents (organization_id, created_at DESC, agent_id DESC);
CREATE INDEX agents_owner ON agents (organization_id, owner, created_at DESC, agent_id DESC);
CREATE INDEX agents_active ON agents (agent_id) WHERE status = 'active';
CREATE INDEX agents_not_before ON agents (tokens_not_before) WHERE tokens_not_before IS NOT NULL;

CREATE TABLE credentials (
    credential_id   uuid PRIMARY KEY,
    client_id       uuid NOT NULL REFERENCES agents (agent_id),
    organization_id uuid NOT NULL REFERENCES organizations (organization_id),
    selector        text NOT NULL,
    -- Encrypted.
    secret_hash     text NOT NULL,
    -- Encrypted.
    vault_path      text,
    status          text NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    UNIQUE (client_id, selector)
);
CREATE INDEX credentials_listing ON credentials (client_id, created_at DESC, credential_id DESC);
CREATE INDEX credentials_expiry ON credentials (expires_at) WHERE status = 'active';

CREATE TABLE organization_members (
    member_id       uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (organization_id),
    agent_id        uuid NOT NULL REFERENCES agents (agent_id),
    role            text NOT NULL,
    joined_at       timestamptz NOT NULL,
    UNIQUE (organization_id, agent_id)
);

CREATE TABLE audit_log_heads (
    organization_id   uuid PRIMARY KEY REFERENCES organizations (organization_id),
    next_sequence     bigint NOT NULL,
    last_hash         text NOT NULL,
    last_timestamp    timestamptz,
    verified_sequence bigint NOT NULL
);

-- No foreign keys: events outlive what they speak of, and an insert locks
-- nothing but its log.
CREATE TABLE audit_events (
    event_id        uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    sequence        bigint NOT NULL,
    timestamp       timestamptz NOT NULL,
    action          text NOT NULL,
    outcome         text NOT NULL,
    agent_id        text NOT NULL,
    ip_address      text NOT NULL,
    user_agent      text NOT NULL,
    metadata        jsonb NOT NULL,
    previous_hash   text NOT NULL,
    hash            text NOT NULL,
    UNIQUE (organization_id, sequence)
);
CREATE INDEX audit_events_time ON audit_events (organization_id, timestamp, sequence);
CREATE INDEX audit_events_agent ON audit_events (organization_id, agent_id, sequence);
CREATE INDEX audit_events_action ON audit_events (organization_id, action, sequence);

CREATE FUNCTION audit_events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are immutable' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER trg_audit_events_immutable
    BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_refuse_change();
CREATE TRIGGER trg_audit_events_immutable_truncate
    BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_events_refuse_change();

CREATE TABLE token_revocations (
    jti        uuid PRIMARY KEY,
    agent_id   uuid,
    expires_at bigint NOT NULL,
    revoked_at timestamptz NOT NULL
);
CREATE INDEX token_revocations_expiry ON token_revocations (expires_at);

CREATE TABLE token_monthly_counts (
    organization_id uuid NOT NULL REFERENCES organizations (organization_id),
    -- YYYY-MM, UTC.
    month           text NOT NULL,
    count           bigint NOT NULL,
    PRIMARY KEY (organization_id, month)
);

CREATE TABLE oidc_keys (
    kid         text PRIMARY KEY,
    algorithm   text NOT NULL,
    public_jwk  jsonb NOT NULL,
    -- Encrypted; removed after expiry.
    private_key text,
    -- Encrypted.
    vault_path  text,
    is_current  boolean NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz
);
CREATE UNIQUE INDEX oidc_keys_current ON oidc_keys (is_current) WHERE is_current;

CREATE TABLE change_feed (
    id         bigserial PRIMARY KEY,
    payload    jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- The writing transaction (an xid8). Transactions become visible in
    -- another order than their ids were drawn; readers go by this, not by id.
    xid        bigint NOT NULL DEFAULT (pg_current_xact_id()::text)::bigint
);
CREATE INDEX change_feed_xid ON change_feed (xid);
CREATE INDEX change_feed_age ON change_feed (created_at);

ALTER TABLE agents ENABLE ROW LEVEL SECURITY;
ALTER TABLE credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;

-- A setting that was set locally once reads as '' afterwards, hence NULLIF.
CREATE POLICY agents_tenant ON agents TO agentidp_app
    USING (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid)
    WITH CHECK (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY credentials_tenant ON credentials TO agentidp_app
    USING (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid)
    WITH CHECK (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY audit_events_tenant ON audit_events TO agentidp_app
    USING (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid)
    WITH CHECK (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY agents_system ON agents TO agentidp_system USING (true);
CREATE POLICY credentials_system ON credentials TO agentidp_system USING (true);
CREATE POLICY audit_events_system ON audit_events TO agentidp_system USING (true);

GRANT SELECT, INSERT, UPDATE
    ON organizations, agents, credentials, organization_members, audit_log_heads,
       token_revocations, token_monthly_counts
    TO agentidp_app, agentidp_system;
GRANT SELECT, INSERT ON audit_events, change_feed TO agentidp_app, agentidp_system;
GRANT USAGE ON SEQUENCE change_feed_id_seq TO agentidp_app, agentidp_system;
GRANT DELETE ON token_revocations, change_feed TO agentidp_system;
GRANT SELECT, INSERT, UPDATE ON oidc_keys TO agentidp_system;
GRANT SELECT ON __diesel_schema_migrations TO agentidp_app, agentidp_system;

INSERT INTO organizations
    (organization_id, name, slug, plan_tier, max_agents_set, max_tokens_per_month_set,
     rate_limit_per_minute_set, status, created_at, updated_at)
VALUES
    ('00000000-0000-4000-8000-000000000001', 'System', 'system', 'enterprise', false, false,
     false, 'active', date_trunc('milliseconds', now()), date_trunc('milliseconds', now()));
