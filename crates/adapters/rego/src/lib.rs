//! The scope policy: Rego (`policies/authz.rego`) over a map from routes to
//! scopes (`policies/data/scopes.json`), interpreted in the process.

mod cache;
mod error;
mod program;
mod scope_map;
mod source;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use agentidp_domain::metrics::Metrics;
use agentidp_domain::policy::{Decision, Policy, PolicyRequest};
use arc_swap::ArcSwap;

pub use crate::error::PolicyError;

use crate::cache::Remembered;
use crate::program::Program;
use crate::source::Origin;

/// A policy that can be read again while requests are being decided.
pub struct RegoPolicy {
    origin: Origin,
    metrics: Arc<dyn Metrics>,
    loaded: ArcSwap<Loaded>,
}

/// A program with the decisions it made; both are replaced together, so that
/// no decision outlives its program.
struct Loaded {
    program: Program,
    remembered: Remembered,
}

impl RegoPolicy {
    /// The policy that is compiled in.
    ///
    /// # Errors
    ///
    /// When it is broken, which its tests rule out.
    pub fn built_in(metrics: Arc<dyn Metrics>) -> Result<Self, PolicyError> {
        Self::load(Origin::BuiltIn, metrics)
    }

    /// The policy in `folder`: `authz.rego` and `data/scopes.json`.
    ///
    /// # Errors
    ///
    /// When a file is missing or broken; names it.
    pub fn from_dir(
        folder: impl AsRef<Path>,
        metrics: Arc<dyn Metrics>,
    ) -> Result<Self, PolicyError> {
        Self::load(Origin::Folder(folder.as_ref().to_owned()), metrics)
    }

    /// Reads the policy again from where it came from. Requests under way
    /// finish with the policy they began with.
    ///
    /// # Errors
    ///
    /// As at the first load; the last good policy then stays in force.
    pub fn reload(&self) -> Result<(), PolicyError> {
        match Loaded::read(&self.origin) {
            Ok(loaded) => {
                self.loaded.store(Arc::new(loaded));
                self.metrics.policy_loaded();
                tracing::info!(origin = %self.origin, "policy loaded");
                Ok(())
            }
            Err(error) => {
                self.metrics.policy_reload_failed();
                tracing::error!(%error, "the policy is broken; the last good one stays in force");
                Err(error)
            }
        }
    }

    fn load(origin: Origin, metrics: Arc<dyn Metrics>) -> Result<Self, PolicyError> {
        let loaded = Loaded::read(&origin)?;
        metrics.policy_loaded();
        Ok(Self {
            origin,
            metrics,
            loaded: ArcSwap::from_pointee(loaded),
        })
    }
}

impl Loaded {
    fn read(origin: &Origin) -> Result<Self, PolicyError> {
        Ok(Self {
            program: Program::compile(&origin.read()?)?,
            remembered: Remembered::new(),
        })
    }
}

impl Policy for RegoPolicy {
    fn decide(&self, request: &PolicyRequest<'_>) -> Decision {
        let loaded = self.loaded.load();
        loaded
            .remembered
            .decide(request, || loaded.program.decide(request))
    }
}

impl fmt::Debug for RegoPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegoPolicy")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
