//! OpenID Connect: metadata, keys, and what an agent is.

mod discovery;
mod info;
mod keys;

pub use discovery::{authorization_server, openid_configuration};
pub use info::agent_info;
pub use keys::jwks;
