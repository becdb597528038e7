//! See `agentidp_properties::PolicyDecisions`.

#![no_main]

agentidp_fuzz::target!(agentidp_properties::PolicyDecisions);
