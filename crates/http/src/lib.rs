//! The HTTP API of AgentIdP: extractors, handlers, error mapping and the
//! OpenAPI description, over the use cases of `agentidp-domain`.
//!
//! Handlers are thin: extract, convert, call one use case, map, respond. The
//! folders carry the names of the domain's capabilities.

mod agents;
mod audit;
mod credentials;
mod error;
mod health;
mod input;
pub mod openapi;
mod organizations;
mod pipeline;
mod routes;
mod server;
mod state;
mod tokens;
mod wellknown;
mod wire;

pub use routes::PUBLIC;
pub use server::{app, run};
pub use state::{AppState, HealthProbe, HttpMetrics, HttpSettings, Probe};
