-- The index of the migration before does all that this one did.
DROP INDEX CONCURRENTLY IF EXISTS agents_owner;
