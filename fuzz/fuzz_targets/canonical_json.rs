//! See `agentidp_properties::CanonicalJson`.

#![no_main]

agentidp_fuzz::target!(agentidp_properties::CanonicalJson);
