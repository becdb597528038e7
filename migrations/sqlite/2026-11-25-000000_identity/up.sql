-- Identity and trust: keys of decentralized identifiers, trust policies of the
-- workload exchange, federation partners, delegations and their keys.

CREATE TABLE agent_did_keys (
    key_id         BLOB PRIMARY KEY NOT NULL,
    agent_id       BLOB NOT NULL UNIQUE REFERENCES agents (agent_id),
    public_jwk     TEXT NOT NULL CHECK (json_valid(public_jwk)),
    -- Encrypted.
    private_key    TEXT,
    -- Encrypted.
    vault_key_path TEXT,
    created_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE oidc_trust_policies (
    id                  BLOB PRIMARY KEY NOT NULL,
    organization_id     BLOB NOT NULL REFERENCES organizations (organization_id),
    provider            TEXT NOT NULL,
    repository          TEXT NOT NULL,
    -- NULL stands for any branch.
    branch              TEXT,
    -- NULL in a bootstrap policy.
    agent_id            BLOB REFERENCES agents (agent_id),
    -- From the first exchange on.
    repository_id       TEXT,
    repository_owner_id TEXT,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL
) STRICT;
-- Absent values are equal. Neither a branch nor the id of an agent is empty.
CREATE UNIQUE INDEX oidc_trust_policies_rule ON oidc_trust_policies
    (organization_id, provider, repository, COALESCE(branch, ''), COALESCE(agent_id, X''));
CREATE INDEX oidc_trust_policies_repository
    ON oidc_trust_policies (provider, repository, id);
CREATE INDEX oidc_trust_policies_listing
    ON oidc_trust_policies (organization_id, created_at DESC, id DESC);

CREATE TABLE federation_partners (
    id                    BLOB PRIMARY KEY NOT NULL,
    name                  TEXT NOT NULL,
    issuer                TEXT NOT NULL UNIQUE,
    jwks_uri              TEXT NOT NULL,
    allowed_organizations TEXT NOT NULL CHECK (json_valid(allowed_organizations)),
    -- 'active' or 'suspended'; expiry follows from the time.
    status                TEXT NOT NULL,
    expires_at            INTEGER,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL
) STRICT;
CREATE INDEX federation_partners_listing
    ON federation_partners (created_at DESC, id DESC);

CREATE TABLE delegation_chains (
    id                 BLOB PRIMARY KEY NOT NULL,
    tenant_id          BLOB NOT NULL REFERENCES organizations (organization_id),
    delegator_agent_id BLOB NOT NULL REFERENCES agents (agent_id),
    delegatee_agent_id BLOB NOT NULL REFERENCES agents (agent_id),
    scopes             TEXT NOT NULL,
    delegation_token   TEXT NOT NULL UNIQUE,
    signature          TEXT NOT NULL,
    ttl_seconds        INTEGER NOT NULL,
    issued_at          INTEGER NOT NULL,
    expires_at         INTEGER NOT NULL,
    revoked_at         INTEGER,
    created_at         INTEGER NOT NULL
) STRICT;
CREATE INDEX delegation_chains_expiry ON delegation_chains (expires_at);

CREATE TABLE delegation_keys (
    key_id     BLOB PRIMARY KEY NOT NULL,
    -- Encrypted.
    secret     TEXT,
    -- Encrypted.
    vault_path TEXT,
    created_at INTEGER NOT NULL
) STRICT;
