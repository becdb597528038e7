//! See `agentidp_properties::OutboundUrls`.

#![no_main]

agentidp_fuzz::target!(agentidp_properties::OutboundUrls);
