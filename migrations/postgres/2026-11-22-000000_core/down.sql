DROP TABLE change_feed;
DROP TABLE oidc_keys;
DROP TABLE token_monthly_counts;
DROP TABLE token_revocations;
DROP TABLE audit_events;
DROP FUNCTION audit_events_refuse_change();
DROP TABLE audit_log_heads;
DROP TABLE organization_members;
DROP TABLE credentials;
DROP TABLE agents;
DROP TABLE organizations;
-- The roles stay: other databases of the cluster may use them.
REVOKE SELECT ON __diesel_schema_migrations FROM agentidp_app, agentidp_system;
