//! `/api/v1/agents/{agentId}/credentials`.

mod access;
mod generate;
mod list;
mod revoke;
mod rotate;
mod vault;
