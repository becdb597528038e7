//! See `agentidp_properties::Bodies`.

#![no_main]

agentidp_fuzz::target!(agentidp_properties::Bodies);
