-- Deliveries in one state, newest first, and their number.
CREATE INDEX webhook_deliveries_status
    ON webhook_deliveries (subscription_id, status, created_at DESC, id DESC);
