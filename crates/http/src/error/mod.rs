//! Errors on the wire: one type per envelope.

mod billing;
mod convert;
mod oauth;
mod rest;
mod scaffold;
mod trust;
mod webhooks;

pub use oauth::{OAuthError, OAuthErrorBody};
pub use rest::{ApiError, ErrorBody};
