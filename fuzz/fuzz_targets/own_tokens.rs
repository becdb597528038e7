//! See `agentidp_properties::OwnTokens`.

#![no_main]

agentidp_fuzz::target!(agentidp_properties::OwnTokens);
