DROP INDEX webhook_deliveries_dead;
DROP INDEX credentials_organization_expiry;
DROP INDEX agents_unidentified;
DROP INDEX agents_identified;
DROP TABLE compliance_status;
