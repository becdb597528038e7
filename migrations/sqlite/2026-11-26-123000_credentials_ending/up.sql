-- Credentials that end. With the agent at the end the index alone says how many
-- end whose agent is not decommissioned.
CREATE INDEX credentials_ending
    ON credentials (organization_id, expires_at, credential_id, client_id)
    WHERE status = 'active';
