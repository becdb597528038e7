DROP INDEX agents_status;
