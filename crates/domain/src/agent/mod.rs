//! Agents: the registry, their life cycle and their grants.

mod access;
mod error;
mod model;
pub(crate) mod service;
mod store;
mod values;

pub use access::{Guard, load_owned, require_not_escalating};
pub use error::AgentError;
pub use model::{Agent, AgentFilter, AgentPatch, NewAgent};
pub use service::AgentService;
pub use store::AgentStore;
pub use values::{
    AgentStatus, AgentType, Capabilities, DeploymentEnv, Email, Grant, Owner, Version,
};
