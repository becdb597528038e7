DROP INDEX agents_by_owner;
