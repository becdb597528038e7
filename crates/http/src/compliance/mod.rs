//! Status of controls, conformance report, export of agent cards.

mod array;
mod dto;
mod handlers;

pub use handlers::{agent_cards, controls, report};
