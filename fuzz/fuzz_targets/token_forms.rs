//! See `agentidp_properties::TokenForms`.

#![no_main]

agentidp_fuzz::target!(agentidp_properties::TokenForms);
