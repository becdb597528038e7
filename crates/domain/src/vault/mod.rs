//! Secrets that lie outside of the database: in HashiCorp Vault, secret engine
//! KV version 2. What a row keeps of such a secret is its path.

mod keeper;
mod path;
mod port;
mod store;
mod sweeper;

pub use keeper::{Kept, SecretKeeper};
pub use path::{SecretPlace, VaultPath};
pub use port::{SecretVault, VaultError, VersionedSecret};
pub use store::{VaultRemoval, VaultRemovalStore};
pub use sweeper::VaultSweeper;
pub(crate) use sweeper::discard;
