//! `bootstrap.json`: the credential of the first administrator.

use std::path::{Path, PathBuf};

use agentidp_domain::bootstrap::Bootstrapped;
use agentidp_domain::id::OrganizationId;
use secrecy::ExposeSecret;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::config::ServerConfig;
use crate::failure::{Failure, Outcome};
use crate::files;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'a> {
    api_url: &'a str,
    organization_id: OrganizationId,
    agent_id: String,
    client_id: String,
    client_secret: &'a str,
}

/// Where the file lies.
pub(crate) fn path(config: &ServerConfig) -> PathBuf {
    config.data_dir.join("bootstrap.json")
}

/// Writes the file, readable by its owner only. Pretty-printed, one member per
/// line: shell one-liners take values out with `sed`.
///
/// # Errors
///
/// When it cannot be written; `bootstrap --reset` then makes a new secret.
pub(crate) fn write(config: &ServerConfig, made: &Bootstrapped) -> Outcome<()> {
    let issuer = config.issuer();
    let id = made.agent_id.to_string();
    let content = Content {
        api_url: issuer.as_str(),
        organization_id: OrganizationId::SYSTEM,
        agent_id: id.clone(),
        client_id: id,
        client_secret: made.client_secret.expose_secret(),
    };
    let failed =
        "bootstrap.json cannot be written; correct that and run `agentidp bootstrap --reset`";
    let json = serde_json::to_string_pretty(&content).map_err(Failure::during(failed))?;
    let json = Zeroizing::new(json + "\n");
    files::private_dir(&config.data_dir).map_err(Failure::during(failed))?;
    files::replace(&path(config), json.as_bytes()).map_err(Failure::during(failed))
}

/// A command that gets an access token with the credential in `file`.
pub(crate) fn token_command(server_url: &str, file: &Path) -> String {
    let file = crate::ui::shell_word(&file.display().to_string());
    format!(
        "curl -s {server_url}/oauth2/token -d grant_type=client_credentials \\\n       \
         -d 'scope=agents:read agents:write' \\\n       -u \"$(sed -n 's/.*\"client.*\": \"\\(.*\\)\".*/\\1/p' {file} | paste -sd: -)\""
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use secrecy::SecretString;

    use super::*;
    use crate::config::{Config, Variables};

    #[test]
    fn the_command_takes_id_and_secret_out_of_the_private_file() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("my data");
        let variables = [("AGENTIDP_DATA_DIR", folder.to_str().unwrap())];
        let config = Config::read(&Variables::from(variables)).unwrap().server;
        let id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
        let made = Bootstrapped {
            agent_id: id.parse().unwrap(),
            client_secret: SecretString::from("sk_live_0123"),
        };
        write(&config, &made).unwrap();
        let file = path(&config);
        assert_eq!(
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let text = std::fs::read_to_string(&file).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["apiUrl"], "http://localhost:3000");
        assert_eq!(json["organizationId"], OrganizationId::SYSTEM.to_string());
        assert_eq!(json["agentId"], id);

        let command = token_command("http://localhost:3000", &file);
        let shown = command.replacen("curl", "printf '%s\\n'", 1);
        let output = Command::new("sh").args(["-c", &shown]).output().unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            output.lines().last(),
            Some(format!("{id}:sk_live_0123").as_str()),
            "{output}"
        );
    }
}
