//! Workload identity: CI workflows exchange the token of their platform for
//! one of ours, as far as a trust policy of the tenant admits them.

mod admission;
mod error;
mod exchange;
mod identity;
mod model;
mod provider;
mod service;
mod store;
mod trace;

pub use admission::{Admission, Mode};
pub use error::{ExchangeError, TrustPolicyError};
pub use exchange::{ExchangeRequest, ExchangedToken, WorkloadExchange, WorkloadExchangeParts};
pub use identity::WorkloadIdentity;
pub use model::{Branch, NewTrustPolicy, Provider, Repository, TrustPolicy};
pub use provider::{ProviderSettings, Providers};
pub use service::TrustPolicyService;
pub use store::{PolicyCandidate, TrustPolicyStore};
