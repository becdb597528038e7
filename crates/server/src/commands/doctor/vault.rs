//! Whether Vault can be used for what the server needs. Nothing is written.

use std::time::Duration;

use agentidp_domain::vault::VaultError;
use agentidp_vault::{TokenState, Vault};

use super::report::Report;
use crate::compose::vault;
use crate::config::{Config, RingPlace, VaultConfig};

const SUBJECT: &str = "vault";

/// A token that ends earlier deserves a look.
const SOON: Duration = Duration::from_secs(7 * 24 * 60 * 60);

const HOUR: u64 = 60 * 60;

/// What it takes to keep secrets.
const KEEP: &[&str] = &["create", "update", "read"];

/// What it takes to remove all versions of them.
const REMOVE: &[&str] = &["delete"];

/// What it takes to read the key ring.
const READ: &[&str] = &["read"];

/// Server, token, and what the token may do.
pub(super) async fn check(report: &mut Report, config: &Config) {
    let Some(settings) = &config.vault else {
        return;
    };
    if config.server.environment.is_production() && settings.address.scheme() != "https" {
        report.warn(SUBJECT, "VAULT_ADDR: secrets should travel over https");
    }
    let vault = match vault::connect(settings) {
        Ok(vault) => vault,
        Err(error) => return report.fail(SUBJECT, error.to_string()),
    };
    if let Err(error) = vault.health().await {
        return report.fail(SUBJECT, format!("check VAULT_ADDR: {error}"));
    }
    report.ok(SUBJECT, "answers");
    token(report, &vault).await;
    access(report, &vault, settings, &config.encryption.place).await;
}

async fn token(report: &mut Report, vault: &Vault) {
    match vault.look_up_token().await {
        Ok(TokenState {
            remaining: None, ..
        }) => report.ok(SUBJECT, "the token does not end"),
        Ok(TokenState {
            remaining: Some(left),
            renewable,
        }) => {
            let hours = left.as_secs() / HOUR;
            let how = if renewable { "renew" } else { "replace" };
            let text = format!("the token ends in {hours} h; {how} it before");
            if left < SOON {
                report.warn(SUBJECT, text);
            } else {
                report.ok(SUBJECT, text);
            }
        }
        Err(error) => report.fail(SUBJECT, refused("VAULT_TOKEN", &error)),
    }
}

/// What the server does with Vault, and the capabilities that it takes.
async fn access(report: &mut Report, vault: &Vault, settings: &VaultConfig, ring: &RingPlace) {
    let mount = &settings.mount;
    let data = format!("{mount}/data/agentidp/agents/any");
    let metadata = format!("{mount}/metadata/agentidp/agents/any");
    let mut needed = vec![(data.as_str(), KEEP), (metadata.as_str(), REMOVE)];
    if let RingPlace::Vault(path) = ring {
        needed.push((path.as_str(), READ));
    }
    let paths: Vec<&str> = needed.iter().map(|(path, _)| *path).collect();
    let found = match vault.access(&paths).await {
        Ok(found) => found,
        Err(error) => return report.fail(SUBJECT, refused("capabilities of the token", &error)),
    };
    let mut complete = true;
    for ((path, capabilities), access) in needed.into_iter().zip(found) {
        let lacking = capabilities
            .iter()
            .copied()
            .filter(|capability| !access.allows(capability));
        let lacking: Vec<&str> = lacking.collect();
        if !lacking.is_empty() {
            complete = false;
            let text = format!(
                "the token lacks {} on {path}; see docs/guides/vault.md",
                lacking.join(", ")
            );
            report.fail(SUBJECT, text);
        }
    }
    if complete {
        report.ok(SUBJECT, "the token may do what is needed");
    }
}

fn refused(what: &str, error: &VaultError) -> String {
    match error {
        VaultError::Forbidden(_) => format!(
            "{what}: not valid, or without the policy default, which lets a token look itself up"
        ),
        _ => format!("{what}: {error}"),
    }
}
