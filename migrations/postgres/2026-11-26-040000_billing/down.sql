DROP TABLE stripe_events;
DROP TABLE tenant_subscriptions;
DROP TABLE tenant_tier_changes;
DROP TABLE tenant_tiers;
