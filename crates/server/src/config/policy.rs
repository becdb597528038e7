//! Scope policy, and the OPA server that is only watched.

use std::path::PathBuf;

use url::Url;

use crate::config::reader::Reader;

/// Settings of the policy.
#[derive(Debug)]
pub(crate) struct PolicyConfig {
    /// Folder of the policy; the built-in one without.
    pub(crate) dir: Option<PathBuf>,
    /// OPA server to be probed by the detailed health check.
    pub(crate) opa: Option<Url>,
}

impl PolicyConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            dir: reader.text("POLICY_DIR").map(PathBuf::from),
            opa: reader.url("OPA_URL", &["http", "https"]),
        }
    }
}
