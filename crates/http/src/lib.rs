//! The HTTP API of AgentIdP: extractors, handlers, error mapping and the
//! OpenAPI description, over the use cases of `agentidp-domain`.
//!
//! Handlers are thin: extract, convert, call one use case, map, respond. The
//! folders carry the names of the domain's capabilities.

mod agents;
mod analytics;
mod audit;
mod billing;
mod compliance;
mod credentials;
mod delegation;
mod did;
mod drain;
mod error;
mod federation;
mod health;
mod input;
mod marketplace;
mod oidc;
pub mod openapi;
mod organizations;
mod pages;
mod pipeline;
mod routes;
mod scaffold;
mod server;
mod state;
mod tiers;
mod tokens;
mod webhooks;
mod wire;
mod workload;

pub use analytics::trend_days;
pub use audit::AuditEventBody;
pub use drain::Drain;
pub use error::{ApiError, ErrorBody};
pub use health::{QUICK_CHECK, is_connected};
pub use pages::{Pages, origin_of, permit, require_on};
pub use routes::PUBLIC;
pub use server::{Capacity, app, run};
pub use state::{AppState, HealthProbe, HttpMetrics, HttpSettings, Probe};
