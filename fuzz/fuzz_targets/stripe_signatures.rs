//! See `agentidp_properties::StripeSignatures`.

#![no_main]

agentidp_fuzz::target!(agentidp_properties::StripeSignatures);
