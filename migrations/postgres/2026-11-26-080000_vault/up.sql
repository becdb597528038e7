-- Secrets that no row needs any more and that have to be removed from Vault.

CREATE TABLE vault_removals (
    removal_id uuid PRIMARY KEY,
    place      text NOT NULL
);

GRANT INSERT ON vault_removals TO agentidp_app;
GRANT SELECT, INSERT, DELETE ON vault_removals TO agentidp_system;
