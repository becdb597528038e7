//! A server in the place of HashiCorp Vault: it speaks the documented API of
//! secret engines of kind KV version 2 over HTTP, and a test decides when it is
//! sealed, slow or away, and looks into what it holds.
//!
//! It answers as Vault 1.14 does; `tests/interop/vault-server` runs a real one
//! to compare with.

mod engine;
mod routes;
mod server;
mod state;

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use server::{Answer, Reply, Request, Server};
use state::State;

/// Where the engine is mounted that every server has.
const MOUNT: &str = "secret";

/// The token that every server begins with.
const TOKEN: &str = "hvs.TestOnlyTestOnlyTestOnly";

/// State that requests and the test share.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn answer(&self, request: &Request) -> Answer {
        let mut state = self.lock();
        let line = format!("{} {}", request.method, request.path);
        state.requests.push(line);
        if state.breaking > 0 {
            state.breaking -= 1;
            return None;
        }
        while state.hanging && state.open {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if !state.open {
            return None;
        }
        if let Some(base) = &state.elsewhere {
            return Some(Reply {
                status: 307,
                location: Some(format!("{base}{}", request.path)),
                body: String::new(),
            });
        }
        let (status, body) = routes::answer(&mut state, request);
        Some(Reply {
            status,
            location: None,
            body,
        })
    }
}

/// The server. It begins unsealed, with an empty engine at `secret` and a
/// token that may do everything. It stops with its value.
pub struct FakeVault {
    shared: Arc<Shared>,
    port: u16,
    server: Option<Server>,
}

impl FakeVault {
    /// Starts a server.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub fn start() -> io::Result<Self> {
        let mut made = Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State::new(MOUNT, TOKEN)),
                changed: Condvar::new(),
            }),
            port: 0,
            server: None,
        };
        made.start_again()?;
        Ok(made)
    }

    /// For `VAULT_ADDR`; the same over stop and start.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// For `VAULT_TOKEN`.
    #[must_use]
    pub fn token(&self) -> String {
        self.shared.lock().token.clone()
    }

    /// Stops listening: connections are refused, those that wait are closed.
    /// The content stays.
    pub fn stop(&mut self) {
        self.shared.change(|state| state.open = false);
        self.server = None;
    }

    /// Listens again, on the same port.
    ///
    /// # Errors
    ///
    /// When the server runs or somebody else has taken the port.
    pub fn start_again(&mut self) -> io::Result<()> {
        if self.server.is_some() {
            return Err(io::Error::other("the server runs already; stop it first"));
        }
        self.shared.change(|state| state.open = true);
        let shared = Arc::clone(&self.shared);
        let server = Server::start(self.port, move |request| shared.answer(&request))?;
        self.port = server.port();
        self.server = Some(server);
        Ok(())
    }

    /// Lets requests wait without an answer, or those that wait go on.
    pub fn hang(&self, hanging: bool) {
        self.shared.change(|state| state.hanging = hanging);
    }

    /// Closes the connections of the next `count` requests without an answer.
    pub fn break_connections(&self, count: usize) {
        self.shared.change(|state| state.breaking = count);
    }

    /// Sends every request to the same path at `base`, by 307, as a standby
    /// node does; `None` ends that.
    pub fn redirect(&self, base: Option<&str>) {
        self.shared
            .change(|state| state.elsewhere = base.map(str::to_owned));
    }

    /// Seals or unseals the server.
    pub fn seal(&self, sealed: bool) {
        self.shared.change(|state| state.sealed = sealed);
    }

    /// Answers `sys/health` with this status, `None` for the one that fits.
    pub fn set_health(&self, status: Option<u16>) {
        self.shared.change(|state| state.health = status);
    }

    /// Replaces the token; the old one is refused from now on. `ttl` is its
    /// life in seconds, `None` for a token that does not end.
    pub fn set_token(&self, token: &str, ttl: Option<u64>) {
        self.shared.change(|state| {
            state.token = token.to_owned();
            state.token_ttl = ttl;
        });
    }

    /// Lets the token do only this with paths that begin like this; the
    /// longest beginning counts. Capabilities are those of Vault's policies:
    /// `create`, `read`, `update`, `delete`, `list`.
    pub fn restrict(&self, beginning: &str, capabilities: &[&str]) {
        let capabilities = capabilities.iter().map(|name| (*name).to_owned());
        let capabilities = capabilities.collect();
        self.shared.change(|state| {
            state.rules.insert(beginning.to_owned(), capabilities);
        });
    }

    /// Takes all restrictions back.
    pub fn allow_everything(&self) {
        self.shared.change(|state| state.rules.clear());
    }

    /// Mounts another engine.
    pub fn mount(&self, mount: &str) {
        self.shared.change(|state| {
            state.mounts.entry(mount.to_owned()).or_default();
        });
    }

    /// Writes a new version of an entry, as an operator would; `path` is
    /// `{mount}/data/{name}`.
    pub fn put(&self, path: &str, fields: &Value) {
        let body = json!({ "data": fields });
        self.shared.change(|state| {
            if let Some((mount, name)) = path.split_once("/data/") {
                let engine = state.mounts.entry(mount.to_owned()).or_default();
                engine.write(name, &body);
            }
        });
    }

    /// Removes an entry for good, as an operator would.
    pub fn remove(&self, path: &str) {
        self.shared.change(|state| {
            if let Some((mount, name)) = path.split_once("/data/")
                && let Some(engine) = state.mounts.get_mut(mount)
            {
                engine.remove(name);
            }
        });
    }

    /// The fields of all versions of an entry that were not destroyed, oldest
    /// first; deleted ones are among them. Empty when nothing is left of it.
    #[must_use]
    pub fn versions(&self, path: &str) -> Vec<Value> {
        let state = self.shared.lock();
        let Some((mount, name)) = path.split_once("/data/") else {
            return Vec::new();
        };
        let engine = state.mounts.get(mount);
        engine.map_or_else(Vec::new, |engine| engine.versions(name))
    }

    /// Paths of all entries of which anything is left, sorted.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let state = self.shared.lock();
        let mounts = state.mounts.iter();
        mounts
            .flat_map(|(mount, engine)| {
                engine
                    .names()
                    .map(move |name| format!("{mount}/data/{name}"))
            })
            .collect()
    }

    /// The field `value` of every version of every entry.
    #[must_use]
    pub fn values(&self) -> Vec<String> {
        let versions = self.paths().into_iter();
        versions
            .flat_map(|path| self.versions(&path))
            .filter_map(|fields| Some(fields.get("value")?.as_str()?.to_owned()))
            .collect()
    }

    /// Method and path of every request so far, such as
    /// `GET /v1/secret/data/x`.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.shared.lock().requests.clone()
    }
}

impl Drop for FakeVault {
    fn drop(&mut self) {
        self.stop();
    }
}
