//! Delegation between agents of one organization: a delegator lends part of
//! its scopes to a delegatee for a limited time, and anybody with a valid
//! access token can ask whether a shown delegation holds.

mod error;
mod keys;
mod model;
mod service;
mod store;
mod token;

pub use error::DelegationError;
pub use keys::{DelegationKeyService, DelegationKeyServiceError, DelegationKeys, WeakKey};
pub use model::{DelegationChain, NewDelegation, Ttl};
pub use service::{DelegationService, DelegationVerdict};
pub use store::{ChainWithParties, DelegationKey, DelegationStore};
pub use token::DelegationToken;
