DROP INDEX agents_present;
