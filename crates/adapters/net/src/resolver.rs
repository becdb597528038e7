//! Name resolution that lets only admitted addresses pass.

use std::io;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::lookup::Lookup;
use crate::reach::Reach;

/// The host is, or has, an address that may not be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of the host is not allowed")]
pub struct ForbiddenAddress;

/// Resolves names for one client.
pub(crate) struct GuardedResolver {
    reach: Reach,
    lookup: Arc<dyn Lookup>,
}

impl GuardedResolver {
    /// Resolves with `lookup`; passes what `reach` admits.
    pub(crate) fn new(reach: Reach, lookup: Arc<dyn Lookup>) -> Self {
        Self { reach, lookup }
    }
}

impl Resolve for GuardedResolver {
    /// The addresses of a name when all of them are admitted. The connection is
    /// made to one of these; one bad address among good ones is a refusal, for
    /// which of them is tried is not ours to say.
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        let lookup = Arc::clone(&self.lookup);
        Box::pin(async move {
            let mut addresses = lookup.lookup(name.as_str()).await?;
            if addresses.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "no address").into());
            }
            for address in &mut addresses {
                if !reach.admits(address.ip()) {
                    return Err(ForbiddenAddress.into());
                }
                // Stands for the port of the URL or its scheme.
                address.set_port(0);
            }
            let admitted: Addrs = Box::new(addresses.into_iter());
            Ok(admitted)
        })
    }
}
