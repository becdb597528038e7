//! What the operator asks about the server and the token.

use std::collections::BTreeMap;
use std::time::Duration;

use agentidp_domain::vault::VaultError;
use serde::Deserialize;
use serde_json::json;

use crate::client::Vault;
use crate::fault::Fault;

/// Answers of a server that works: active, standby, secondary for disaster
/// recovery, performance standby
/// (<https://developer.hashicorp.com/vault/api-docs/system/health>).
const WORKS: [u16; 4] = [200, 429, 472, 473];

/// How long the token lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenState {
    /// Time until it ends; `None` for one that does not end.
    pub remaining: Option<Duration>,
    /// Whether its life can be prolonged.
    pub renewable: bool,
}

/// What the token may do with a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access(Vec<String>);

impl Access {
    /// Whether it has a capability of Vault's policies, such as `read`.
    #[must_use]
    pub fn allows(&self, capability: &str) -> bool {
        let has = |wanted: &str| self.0.iter().any(|capability| capability == wanted);
        !has("deny") && (has("root") || has(capability))
    }
}

#[derive(Deserialize)]
struct LookUp {
    ttl: u64,
    expire_time: Option<String>,
    #[serde(default)]
    renewable: bool,
}

impl Vault {
    /// Asks whether the server works: `GET /v1/sys/health`, without the token.
    ///
    /// # Errors
    ///
    /// [`VaultError::Unavailable`] when it does not answer, is sealed or was
    /// never initialized.
    pub async fn health(&self) -> Result<(), VaultError> {
        let ask = || async {
            let answer = self.http().get(self.url("sys/health")).send().await;
            answer
                .map(|answer| answer.status().as_u16())
                .map_err(|error| Fault::of_request(&error))
        };
        let text = match self.again(ask).await.map_err(Fault::into_error)? {
            status if WORKS.contains(&status) => return Ok(()),
            501 => "the server was never initialized".to_owned(),
            503 => "the server is sealed".to_owned(),
            status => format!("status {status}"),
        };
        Err(VaultError::Unavailable(text))
    }

    /// Looks the token up: `GET /v1/auth/token/lookup-self`. Vault's policy
    /// `default` allows that.
    ///
    /// # Errors
    ///
    /// [`VaultError::Forbidden`] for a token that is not valid or may not do
    /// this.
    pub async fn look_up_token(&self) -> Result<TokenState, VaultError> {
        let url = self.url("auth/token/lookup-self");
        let ask = || self.ask::<LookUp>(self.http().get(&url));
        let found = self.again(ask).await.map_err(Fault::into_error)?;
        let ends = found.expire_time.is_some();
        Ok(TokenState {
            remaining: ends.then(|| Duration::from_secs(found.ttl)),
            renewable: found.renewable,
        })
    }

    /// What the token may do with each of `paths`, which are those of the API
    /// without `/v1/`: `POST /v1/sys/capabilities-self`. Vault's policy
    /// `default` allows that.
    ///
    /// # Errors
    ///
    /// [`VaultError::Forbidden`] for a token that is not valid or may not do
    /// this.
    pub async fn access(&self, paths: &[&str]) -> Result<Vec<Access>, VaultError> {
        let url = self.url("sys/capabilities-self");
        let body = json!({ "paths": paths });
        let ask = || {
            let request = self.http().post(&url).json(&body);
            self.ask::<BTreeMap<String, Vec<String>>>(request)
        };
        let mut found = self.again(ask).await.map_err(Fault::into_error)?;
        Ok(paths
            .iter()
            .map(|path| Access(found.remove(*path).unwrap_or_default()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(capabilities: &[&str]) -> Access {
        Access(capabilities.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn root_may_do_everything_and_deny_wins() {
        assert!(access(&["root"]).allows("delete"));
        assert!(access(&["create", "read"]).allows("read"));
        assert!(!access(&["create", "read"]).allows("delete"));
        assert!(!access(&["deny"]).allows("deny"));
        assert!(!access(&[]).allows("read"));
    }
}
