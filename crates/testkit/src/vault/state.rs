//! What the server knows.

use std::collections::BTreeMap;

use super::engine::Engine;

/// Everything a token may do with a path.
const ALL: [&str; 5] = ["create", "delete", "list", "read", "update"];

/// Content and settings of the server.
pub(super) struct State {
    /// Engines by mount.
    pub(super) mounts: BTreeMap<String, Engine>,
    /// The one token.
    pub(super) token: String,
    /// How long it lives, in seconds; `None` for ever.
    pub(super) token_ttl: Option<u64>,
    pub(super) sealed: bool,
    /// Answer of `sys/health` instead of the one that fits.
    pub(super) health: Option<u16>,
    /// Requests get no answer until this ends.
    pub(super) hanging: bool,
    /// So many requests get their connection closed instead of an answer.
    pub(super) breaking: usize,
    /// Base of the addresses that every request is sent to instead.
    pub(super) elsewhere: Option<String>,
    /// The server listens.
    pub(super) open: bool,
    /// Beginnings of paths and what the token may do there instead of
    /// everything.
    pub(super) rules: BTreeMap<String, Vec<String>>,
    /// Method and path of each request that came in.
    pub(super) requests: Vec<String>,
}

impl State {
    pub(super) fn new(mount: &str, token: &str) -> Self {
        Self {
            mounts: BTreeMap::from([(mount.to_owned(), Engine::default())]),
            token: token.to_owned(),
            token_ttl: None,
            sealed: false,
            health: None,
            hanging: false,
            breaking: 0,
            elsewhere: None,
            open: true,
            rules: BTreeMap::new(),
            requests: Vec::new(),
        }
    }

    /// What the token may do with a path: the longest rule counts.
    pub(super) fn capabilities(&self, path: &str) -> Vec<String> {
        let rule = self
            .rules
            .iter()
            .filter(|(prefix, _)| path.starts_with(prefix.as_str()))
            .max_by_key(|(prefix, _)| prefix.len());
        match rule {
            None => ALL.map(str::to_owned).to_vec(),
            Some((_, none)) if none.is_empty() => vec!["deny".to_owned()],
            Some((_, capabilities)) => capabilities.clone(),
        }
    }

    pub(super) fn may(&self, path: &str, capability: &str) -> bool {
        self.capabilities(path)
            .iter()
            .any(|allowed| allowed == capability)
    }
}
