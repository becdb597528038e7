//! Credentials: client id / secret pairs and their verification.

mod error;
mod model;
mod secret;
mod service;
mod store;
mod verifier;

pub use error::CredentialError;
pub use model::{Credential, CredentialFilter, CredentialStatus, IssuedCredential, MAX_ACTIVE};
pub use secret::{ClientSecret, SecretHash, Selector};
pub use service::CredentialService;
pub(crate) use service::new_credential;
pub use store::CredentialStore;
pub use verifier::{SecretVerifier, VerifierBusy, VerifierSettings};
