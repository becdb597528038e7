-- What failed, a few in a hundred events.
CREATE INDEX audit_events_failures
    ON audit_events (organization_id, sequence) WHERE outcome = 'failure';
