DROP INDEX CONCURRENTLY credentials_ending;
