DROP TABLE _encryption_migration_log;
