//! Credentials: client id / secret pairs and their verification.

mod drawing;
mod error;
mod hashers;
mod model;
mod secret;
mod service;
mod store;
mod verifier;

pub(crate) use drawing::{Drawn, draw, renew};
pub use error::CredentialError;
pub use model::{Credential, CredentialFilter, CredentialStatus, IssuedCredential, MAX_ACTIVE};
pub use secret::{ClientSecret, SecretHash, Selector};
pub use service::CredentialService;
pub use store::CredentialStore;
pub use verifier::{KeepError, SecretVerifier, VerifierBusy, VerifierSettings};
