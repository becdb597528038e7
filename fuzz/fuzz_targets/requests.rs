//! See `agentidp_properties::Requests`.

#![no_main]

agentidp_fuzz::target!(agentidp_properties::Requests);
