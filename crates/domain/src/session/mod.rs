//! Signed-in browser sessions, shared by all pages.
//!
//! An agent signs in with its client id and secret. What it may do stays on
//! the server, under a hash of the random id that the browser holds; the
//! secret is not kept.

mod model;
mod service;
mod store;

pub use model::{InvalidSessionId, SESSION_IDLE, SESSION_LIFETIME, Session, SessionId, SignedIn};
pub use service::SessionService;
pub use store::SessionStore;
