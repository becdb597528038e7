//! OAuth 2.0 access tokens: issuing (RFC 6749 §4.4), introspection
//! (RFC 7662), revocation (RFC 7009), authentication, signing keys.

mod authenticate;
mod claims;
mod client;
mod client_cache;
mod error;
mod freshness;
mod inspection;
mod journal;
mod journal_batch;
mod journal_budget;
mod journal_pace;
mod keys;
pub(crate) mod minting;
mod operator;
mod replica;
pub(crate) mod service;
mod signing;
mod store;
mod view;

pub use authenticate::{AuthenticationError, Authenticator};
pub use claims::{ACCESS_TOKEN_LIFETIME, AccessTokenClaims, CLOCK_MARGIN, IdTokenClaims, Issuer};
pub use client::{AuthenticatedClient, ClientAuthenticator, ClientCredentials};
pub use client_cache::{ClientCache, ClientRecord};
pub use error::TokenError;
pub use freshness::Freshness;
pub use inspection::{Asker, Introspection, KnownToken};
pub use journal::{
    Issuance, IssueOutcome, Journal, JournalError, JournalSettings, JournalTask, Proof, Revocation,
    SignIn,
};
pub use keys::{KeyService, KeyServiceError, KeySettings, RotationKind};
pub use minting::Minter;
pub use operator::TokenOperator;
pub use replica::Replica;
pub use service::{IssueRequest, IssuedToken, TokenService, TokenServiceParts};
pub use signing::{
    Algorithm, KeyError, KeyFactory, KeyRing, NewKey, SignError, SigningKey, StoredKey, TokenType,
    VerifiedToken, VerifyError,
};
pub use store::{
    BatchRows, CredentialState, JournalStore, NotBefore, Quota, RevocationRow, RevocationState,
    SigningKeyStore, TokenStore,
};
pub use view::RevocationView;
