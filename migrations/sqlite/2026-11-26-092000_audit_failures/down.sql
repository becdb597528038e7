DROP INDEX audit_events_failures;
