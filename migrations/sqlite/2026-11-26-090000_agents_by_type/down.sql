DROP INDEX agents_type;
