-- Credentials that end. With the agent at the end the index alone says how many
-- end whose agent is not decommissioned.
--
-- Without holding up writers, hence alone in its migration and in no transaction.
-- Interrupted, it leaves an invalid index behind: drop that and migrate again.
CREATE INDEX CONCURRENTLY credentials_ending
    ON credentials (organization_id, expires_at, credential_id, client_id)
    WHERE status = 'active';
