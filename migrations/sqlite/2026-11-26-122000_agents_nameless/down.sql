DROP INDEX agents_nameless;
