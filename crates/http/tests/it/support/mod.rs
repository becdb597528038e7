//! The whole API in one process over a fresh store, and short ways to call it.

mod answer;
mod api;
mod call;
mod doubles;
mod operation;
pub mod stripe;
mod target;
mod tenants;
pub mod texts;
pub mod vault;

pub use answer::Answer;
pub use api::{Api, LIMITED, Setup};
pub use call::{Call, PEER};
pub use doubles::{Broken, Counted, DOCUMENTS, Gate, Probes, identities};
pub use operation::{Operation, operations, policy, protected};
pub use stripe::FakeStripe;
pub use target::{Target, hook, target};
pub use tenants::{Identity, OPERATOR_SCOPES, TENANT_SCOPES, registration};
