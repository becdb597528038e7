//! Decentralized identifiers (W3C DID Core 1.0, method `did:web`) of agents
//! and of the installation itself, and AGNTCY agent cards.

mod card;
mod document;
mod error;
mod identifier;
mod identities;
mod service;
mod store;

pub use card::AgentCard;
pub use document::{
    AgntcyBlock, DidDocument, DocumentMetadata, MinimalDidDocument, ResolutionMetadata,
    ResolutionResult, ServiceEndpoint, VerificationMethod,
};
pub use error::DidError;
pub use identifier::DidNaming;
pub use identities::{AgentDidKey, Identities, IdentityError};
pub(crate) use service::key_of;
pub use service::{DidService, DidSettings, PublicMetadata};
pub use store::DidKeyStore;
