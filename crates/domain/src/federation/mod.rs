//! Federation: partner identity providers whose tokens we can verify. Nothing
//! is issued for them, and they are never accepted as Bearer tokens.

mod error;
mod model;
mod service;
mod store;
mod verification;

pub use error::{FederationError, VerificationError};
pub use model::{
    AllowedOrganizations, NewPartner, Partner, PartnerName, PartnerPatch, PartnerStatus,
    PartnerUrls,
};
pub use service::FederationService;
pub use store::PartnerStore;
pub use verification::{FederatedToken, FederationVerifier, VerificationRequest};
