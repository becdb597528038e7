//! See `agentidp_properties::Values`.

#![no_main]

agentidp_fuzz::target!(agentidp_properties::Values);
