//! What every request passes: edge, limits, and the routes for operators.

mod addresses;
mod bodies;
mod cors;
mod health;
mod limits;
mod metadata;
mod request_id;
mod routes;
mod tls;
