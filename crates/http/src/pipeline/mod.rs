//! What every request passes on its way to a handler and back.
//!
//! Order: TLS redirect, request id and log, security headers, CORS
//! ([`edge`]); then, per route, whether it is switched on ([`switch`]),
//! authentication, organization, scope policy and rate limit ([`authorize`]);
//! then the handler. Answered requests are counted ([`metering`]).

pub mod authorize;
pub mod cors;
pub mod edge;
pub mod limits;
pub mod metering;
pub mod origin;
pub mod switch;
