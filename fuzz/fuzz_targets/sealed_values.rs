//! See `agentidp_properties::SealedValues`.

#![no_main]

agentidp_fuzz::target!(agentidp_properties::SealedValues);
