//! An issuer of tokens that is not ours: a real HTTP server with its own keys,
//! in the place of GitHub Actions or a partner's identity provider.

mod keys;
mod server;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

pub use keys::{IssuerKey, unsigned};
use server::Server;

/// What the server answers.
#[derive(Default)]
struct Published {
    keys: Vec<Value>,
    /// Instead of the key set.
    answer: Option<(u16, String)>,
    fetches: usize,
}

/// The issuer. Its server stops with it.
pub struct FakeIssuer {
    server: Server,
    published: Arc<Mutex<Published>>,
    key: IssuerKey,
}

impl FakeIssuer {
    /// An issuer with one published RSA key.
    ///
    /// # Errors
    ///
    /// When no port or no key can be had.
    pub fn start() -> io::Result<Self> {
        Self::with(IssuerKey::rsa("key-1")?)
    }

    /// An issuer that has published `key` and signs with it.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub fn with(key: IssuerKey) -> io::Result<Self> {
        let published = Arc::new(Mutex::new(Published {
            keys: vec![key.public_jwk()?],
            ..Published::default()
        }));
        let shown = Arc::clone(&published);
        let server = Server::start(move |path| {
            let mut published = lock(&shown);
            if path != "/.well-known/jwks" {
                return (404, "{}".to_owned());
            }
            published.fetches += 1;
            match &published.answer {
                Some(answer) => answer.clone(),
                None => (200, json!({ "keys": published.keys }).to_string()),
            }
        })?;
        Ok(Self {
            server,
            published,
            key,
        })
    }

    /// The issuer URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Where its key set is.
    #[must_use]
    pub fn jwks_url(&self) -> String {
        format!("{}/.well-known/jwks", self.url())
    }

    /// The key it signs with.
    #[must_use]
    pub fn key(&self) -> &IssuerKey {
        &self.key
    }

    /// Signs with another key from now on, the only one that is published.
    ///
    /// # Errors
    ///
    /// When the key cannot be published.
    pub fn rotate(&mut self, key: IssuerKey) -> io::Result<()> {
        lock(&self.published).keys = vec![key.public_jwk()?];
        self.key = key;
        Ok(())
    }

    /// Answers requests for the key set with this status and body; `None` for
    /// the key set again.
    pub fn answer(&self, answer: Option<(u16, &str)>) {
        lock(&self.published).answer = answer.map(|(status, body)| (status, body.to_owned()));
    }

    /// How often the key set was asked for.
    #[must_use]
    pub fn fetches(&self) -> usize {
        lock(&self.published).fetches
    }

    /// A token with these claims.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn sign(&self, claims: &Value) -> io::Result<String> {
        self.key.sign(claims)
    }

    /// Claims of a workflow of GitHub Actions that runs on `reference` of
    /// `repository`, for `audience`, valid for five minutes from `now` (Unix
    /// seconds).
    #[must_use]
    pub fn github_claims(
        &self,
        repository: &str,
        reference: &str,
        audience: &str,
        now: i64,
    ) -> Value {
        let owner = repository.split('/').next().unwrap_or_default();
        json!({
            "iss": self.url(),
            "aud": audience,
            "sub": format!("repo:{repository}:ref:{reference}"),
            "jti": "6f4762ed-0758-4ccb-808d-ee3af5d723a8",
            "iat": now,
            "nbf": now - 5,
            "exp": now + 300,
            "repository": repository,
            "repository_owner": owner,
            "repository_id": "1296269",
            "repository_owner_id": "583231",
            "ref": reference,
            "ref_type": "branch",
            "event_name": "push",
            "run_id": "1658821493",
        })
    }
}

fn lock(published: &Mutex<Published>) -> std::sync::MutexGuard<'_, Published> {
    published.lock().unwrap_or_else(PoisonError::into_inner)
}
