DROP TABLE usage_months;
