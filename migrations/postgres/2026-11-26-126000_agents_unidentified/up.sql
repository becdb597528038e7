-- agents_nameless does all that this index did.
--
-- Without holding up anybody, hence alone in its migration and in no transaction.
DROP INDEX CONCURRENTLY IF EXISTS agents_unidentified;
