-- What failed, a few in a hundred events.
--
-- Without holding up writers, hence alone in its migration and in no transaction.
-- Interrupted, it leaves an invalid index behind: drop that and migrate again.
CREATE INDEX CONCURRENTLY audit_events_failures
    ON audit_events (organization_id, sequence) WHERE outcome = 'failure';
