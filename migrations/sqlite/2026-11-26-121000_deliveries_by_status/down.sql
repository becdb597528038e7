DROP INDEX webhook_deliveries_status;
