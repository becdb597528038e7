//! Client of [AgentIdP](https://sentryagent.ai), the identity provider for AI
//! agents.
//!
//! [`AgentIdPClient`] speaks for one agent: it gets access tokens with the
//! agent's id and secret, keeps them until a minute before their end, and sends
//! them along with every call. It is cheap to clone and may be used from many
//! tasks at once.
//!
//! ```no_run
//! use sentryagent_idp::AgentIdPClient;
//!
//! # async fn example() -> Result<(), sentryagent_idp::AgentIdPError> {
//! let client = AgentIdPClient::builder("http://localhost:3000", "client-id", "client-secret")
//!     .scopes(["agents:read"])
//!     .build()?;
//! let agent = client.agents().get_agent("a1b2c3d4-0000-4000-8000-000000000001").await?;
//! assert_eq!(agent.status.as_str(), "active");
//! # Ok(())
//! # }
//! ```
//!
//! | Group | Access |
//! |---|---|
//! | [`AgentRegistryClient`] | [`AgentIdPClient::agents`] |
//! | [`CredentialClient`] | [`AgentIdPClient::credentials`] |
//! | [`OAuth2Client`] | [`AgentIdPClient::oauth2`] |
//! | [`AuditClient`] | [`AgentIdPClient::audit`] |
//! | [`MarketplaceClient`] | [`AgentIdPClient::marketplace`] |
//! | [`DelegationClient`] | [`AgentIdPClient::delegation`] |
//! | [`ScaffoldClient`] | [`AgentIdPClient::scaffold`] |
//!
//! Nothing is retried by itself, with one exception: a `GET` or `DELETE` that is
//! answered with 401 is repeated once with a new token. Secrets and tokens are
//! [`SecretString`]s; they stand in no error and in no `Debug` output.
//!
//! TLS is rustls. A program that has installed a default crypto provider keeps
//! it; none has to be installed.

mod agents;
mod audit;
mod client;
mod credentials;
mod delegation;
mod error;
mod marketplace;
mod oauth2;
mod page;
mod scaffold;
mod token_manager;
mod transport;
mod vocabulary;

pub use agents::{
    Agent, AgentRegistryClient, ListAgentsParams, RegisterAgentRequest, UpdateAgentRequest,
};
pub use audit::{AuditClient, AuditEvent, AuditLogParams};
pub use client::{AgentIdPClient, ClientBuilder};
pub use credentials::{
    Credential, CredentialClient, CredentialRequest, CredentialWithSecret, ListCredentialsParams,
};
pub use delegation::{
    CreateDelegationRequest, DelegationChain, DelegationClient, DelegationVerification,
};
pub use error::AgentIdPError;
pub use marketplace::{
    ListPublicAgentsParams, MarketplaceClient, MinimalDidDocument, PublicAgentCard,
    VerificationMethod,
};
pub use oauth2::{Introspection, IssueTokenRequest, OAuth2Client, Token};
pub use page::Page;
pub use scaffold::ScaffoldClient;
pub use secrecy::{ExposeSecret, SecretString};
pub use token_manager::TokenManager;
pub use vocabulary::{
    AgentStatus, AgentType, AuditOutcome, CredentialStatus, DeploymentEnv, ScaffoldLanguage,
};

/// Keeps the examples of the README compiling.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
