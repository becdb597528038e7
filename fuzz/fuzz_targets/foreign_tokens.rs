//! See `agentidp_properties::ForeignTokens`.

#![no_main]

agentidp_fuzz::target!(agentidp_properties::ForeignTokens);
