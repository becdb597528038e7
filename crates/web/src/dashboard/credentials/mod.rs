//! Credentials of an agent. A new secret is part of one answer and of nothing
//! else.

mod change;
mod list;

pub use change::{ask, carry_out, generate};
pub use list::index;

use crate::dashboard::agents;

/// Path of the credentials of an agent.
pub fn path(agent: &str) -> String {
    format!("{}/credentials", agents::path(agent))
}
