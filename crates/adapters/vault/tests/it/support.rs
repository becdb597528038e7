//! A server and clients of it.

use agentidp_domain::id::{AgentId, CredentialId};
use agentidp_domain::vault::{SecretPlace, SecretVault, VaultPath};
use agentidp_testkit::requirements;
use agentidp_testkit::vault::FakeVault;
use agentidp_vault::{Vault, VaultKv, VaultSettings};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

/// Where the engine is mounted.
pub const MOUNT: &str = "secret";

/// One server, seen from outside.
pub struct Stage {
    pub address: String,
    pub token: String,
    pub vault: Vault,
    pub kv: VaultKv,
}

impl Stage {
    pub fn fake() -> (FakeVault, Self) {
        let server = FakeVault::start().unwrap();
        let stage = Self::at(&server.address(), &server.token());
        (server, stage)
    }

    /// The real server, if there is one.
    pub fn real() -> Option<Self> {
        let address = requirements::wish(requirements::VAULT_ADDR)?;
        let token = requirements::wish(requirements::VAULT_TOKEN)?;
        Some(Self::at(&address, &token))
    }

    pub fn at(address: &str, token: &str) -> Self {
        let vault = Vault::new(&VaultSettings {
            address: address.parse().unwrap(),
            token: SecretString::from(token),
        })
        .unwrap();
        Self {
            address: address.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
            kv: VaultKv::new(vault.clone(), MOUNT),
            vault,
        }
    }

    /// A client with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self::at(&self.address, token)
    }

    /// A place that no other test uses.
    pub fn place(&self) -> VaultPath {
        self.kv.path(&SecretPlace::Credential {
            agent: AgentId::new(Uuid::new_v4()),
            credential: CredentialId::new(Uuid::new_v4()),
        })
    }

    /// A request that an operator makes; its status and body.
    pub async fn raw(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let answer = reqwest::Client::new()
            .request(method, format!("{}/v1/{path}", self.address))
            .header("X-Vault-Token", &self.token)
            .json(body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }
}

pub fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}
