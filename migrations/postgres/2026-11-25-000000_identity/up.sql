-- Identity and trust: keys of decentralized identifiers, trust policies of the
-- workload exchange, federation partners, delegations and their keys.

CREATE TABLE agent_did_keys (
    key_id         uuid PRIMARY KEY,
    agent_id       uuid NOT NULL UNIQUE REFERENCES agents (agent_id),
    public_jwk     jsonb NOT NULL,
    -- Encrypted.
    private_key    text,
    -- Encrypted.
    vault_key_path text,
    created_at     timestamptz NOT NULL
);

CREATE TABLE oidc_trust_policies (
    id                  uuid PRIMARY KEY,
    organization_id     uuid NOT NULL REFERENCES organizations (organization_id),
    provider            text NOT NULL,
    repository          text NOT NULL,
    -- NULL stands for any branch.
    branch              text,
    -- NULL in a bootstrap policy.
    agent_id            uuid REFERENCES agents (agent_id),
    -- From the first exchange on.
    repository_id       text,
    repository_owner_id text,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL
);
-- Absent values are equal. No branch is empty, and no agent has the nil UUID.
CREATE UNIQUE INDEX oidc_trust_policies_rule ON oidc_trust_policies
    (organization_id, provider, repository, COALESCE(branch, ''),
     COALESCE(agent_id, '00000000-0000-0000-0000-000000000000'));
CREATE INDEX oidc_trust_policies_repository
    ON oidc_trust_policies (provider, repository, id);
CREATE INDEX oidc_trust_policies_listing
    ON oidc_trust_policies (organization_id, created_at DESC, id DESC);

CREATE TABLE federation_partners (
    id                    uuid PRIMARY KEY,
    name                  text NOT NULL,
    issuer                text NOT NULL UNIQUE,
    jwks_uri              text NOT NULL,
    allowed_organizations jsonb NOT NULL,
    -- 'active' or 'suspended'; expiry follows from the time.
    status                text NOT NULL,
    expires_at            timestamptz,
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL
);
CREATE INDEX federation_partners_listing
    ON federation_partners (created_at DESC, id DESC);

CREATE TABLE delegation_chains (
    id                 uuid PRIMARY KEY,
    tenant_id          uuid NOT NULL REFERENCES organizations (organization_id),
    delegator_agent_id uuid NOT NULL REFERENCES agents (agent_id),
    delegatee_agent_id uuid NOT NULL REFERENCES agents (agent_id),
    scopes             text[] NOT NULL,
    delegation_token   text NOT NULL UNIQUE,
    signature          text NOT NULL,
    ttl_seconds        bigint NOT NULL,
    issued_at          timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL,
    revoked_at         timestamptz,
    created_at         timestamptz NOT NULL
);
CREATE INDEX delegation_chains_expiry ON delegation_chains (expires_at);

CREATE TABLE delegation_keys (
    key_id     uuid PRIMARY KEY,
    -- Encrypted.
    secret     text,
    -- Encrypted.
    vault_path text,
    created_at timestamptz NOT NULL
);

ALTER TABLE agent_did_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE oidc_trust_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE delegation_chains ENABLE ROW LEVEL SECURITY;

-- The policy of agents holds inside EXISTS too: a tenant finds its own only.
CREATE POLICY agent_did_keys_tenant ON agent_did_keys TO agentidp_app
    USING (EXISTS (SELECT FROM agents WHERE agents.agent_id = agent_did_keys.agent_id));
CREATE POLICY oidc_trust_policies_tenant ON oidc_trust_policies TO agentidp_app
    USING (organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid)
    WITH CHECK (
        organization_id = NULLIF(current_setting('app.organization_id', true), '')::uuid
        AND (agent_id IS NULL OR EXISTS (
            SELECT FROM agents WHERE agents.agent_id = oidc_trust_policies.agent_id
        ))
    );
-- Delegations are used by agentidp_system only: this binds any later grant.
CREATE POLICY delegation_chains_tenant ON delegation_chains TO agentidp_app
    USING (tenant_id = NULLIF(current_setting('app.organization_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY agent_did_keys_system ON agent_did_keys TO agentidp_system USING (true);
CREATE POLICY oidc_trust_policies_system ON oidc_trust_policies TO agentidp_system USING (true);
CREATE POLICY delegation_chains_system ON delegation_chains TO agentidp_system USING (true);

-- Updates are granted on the columns that may change.
GRANT INSERT, SELECT (key_id, agent_id, public_jwk, created_at) ON agent_did_keys
    TO agentidp_app;
GRANT SELECT, INSERT, UPDATE (private_key, vault_key_path) ON agent_did_keys
    TO agentidp_system;
GRANT SELECT, INSERT, DELETE ON oidc_trust_policies TO agentidp_app;
GRANT SELECT, UPDATE (repository_id, repository_owner_id, updated_at) ON oidc_trust_policies
    TO agentidp_system;
GRANT SELECT, INSERT, DELETE,
    UPDATE (name, jwks_uri, allowed_organizations, status, expires_at, updated_at)
    ON federation_partners TO agentidp_system;
GRANT SELECT, INSERT, DELETE, UPDATE (revoked_at) ON delegation_chains TO agentidp_system;
GRANT SELECT, INSERT, UPDATE (secret, vault_path) ON delegation_keys TO agentidp_system;
