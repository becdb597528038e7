//! Status of controls, conformance report, export of agent cards.

mod dto;
mod handlers;

pub use handlers::{agent_cards, controls, report};
