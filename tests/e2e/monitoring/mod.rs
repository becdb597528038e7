//! What monitors the server agrees with what the server exports: alert rules,
//! dashboard, guide and runbooks name only metrics, labels and commands that
//! exist.

mod alerts;
mod dashboard;
mod documents;
mod files;
mod promql;
mod promtool;
