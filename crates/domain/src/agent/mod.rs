//! Agents: the registry, their life cycle and their grants.

mod access;
mod creation;
mod error;
mod model;
mod service;
mod store;
mod values;

pub use access::{Guard, load_owned, require_not_escalating};
use creation::require_grantable;
pub(crate) use creation::{created_metadata, insert_agent, with_actor};
pub use error::AgentError;
pub use model::{Agent, AgentFilter, AgentPatch, NewAgent};
pub use service::AgentService;
pub use store::AgentStore;
pub use values::{
    AgentStatus, AgentType, Capabilities, DeploymentEnv, Email, Grant, Owner, Version,
};
