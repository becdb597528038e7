-- Deliveries in one state, newest first, and their number.
--
-- Without holding up writers, hence alone in its migration and in no transaction.
-- Interrupted, it leaves an invalid index behind: drop that and migrate again.
CREATE INDEX CONCURRENTLY webhook_deliveries_status
    ON webhook_deliveries (subscription_id, status, created_at DESC, id DESC);
