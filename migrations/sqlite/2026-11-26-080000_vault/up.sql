-- Secrets that no row needs any more and that have to be removed from Vault.

CREATE TABLE vault_removals (
    removal_id BLOB PRIMARY KEY NOT NULL,
    place      TEXT NOT NULL
) STRICT;
