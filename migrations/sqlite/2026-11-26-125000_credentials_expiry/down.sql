CREATE INDEX credentials_organization_expiry
    ON credentials (organization_id, expires_at, credential_id) WHERE status = 'active';
