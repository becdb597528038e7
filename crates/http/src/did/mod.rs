//! Decentralized identifiers: documents, resolution, agent cards.

mod dto;
mod handlers;
mod media;

pub use dto::{AgentCardBody, VerificationMethodBody};
pub use handlers::{agent_document, card, did_web_document, instance_document, resolve};
