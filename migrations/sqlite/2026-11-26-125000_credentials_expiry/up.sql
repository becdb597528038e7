-- credentials_ending does all that this index did.
DROP INDEX credentials_organization_expiry;
