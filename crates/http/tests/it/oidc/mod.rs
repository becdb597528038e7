//! OpenID Connect: metadata, keys, ID tokens, what an agent is; and tokens
//! whose subject is no agent.

mod agent_info;
mod bootstrap;
mod discovery;
mod id_tokens;
mod keys;
