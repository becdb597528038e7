//! HashiCorp Vault.

use agentidp_domain::vault::VaultPath;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::reader::Reader;

/// Settings of the Vault that keeps secrets.
#[derive(Clone, Debug)]
pub(crate) struct VaultConfig {
    /// The server; no path.
    pub(crate) address: Url,
    /// The token.
    pub(crate) token: SecretString,
    /// Where the secret engine is mounted; no slashes around it.
    pub(crate) mount: String,
}

impl VaultConfig {
    /// `None` where Vault is not used.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let configured = reader.is_set("VAULT_ADDR");
        let mount = mount(reader);
        if !configured {
            return None;
        }
        let address = address(reader);
        let token = token(reader);
        Some(Self {
            address: address?,
            token: token?,
            mount,
        })
    }
}

fn address(reader: &mut Reader<'_>) -> Option<Url> {
    let url = reader.url("VAULT_ADDR", &["https", "http"])?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        reader.refuse(
            "VAULT_ADDR",
            "expected a URL of scheme, host and port alone, such as https://vault.example.com:8200",
        );
        return None;
    }
    Some(url)
}

fn token(reader: &mut Reader<'_>) -> Option<SecretString> {
    if !reader.is_set("VAULT_TOKEN") {
        reader.require("VAULT_TOKEN");
        return None;
    }
    let token = reader.secret("VAULT_TOKEN")?;
    // It becomes the value of a header.
    if !token
        .expose_secret()
        .bytes()
        .all(|byte| byte.is_ascii_graphic())
    {
        reader.refuse("VAULT_TOKEN", "expected a token of visible characters");
        return None;
    }
    Some(token)
}

fn mount(reader: &mut Reader<'_>) -> String {
    let mount = reader.text("VAULT_MOUNT").unwrap_or("secret");
    let mount = mount.trim_matches('/').to_owned();
    let path = VaultPath::from_stored(format!("{mount}/data/x"));
    if !is_plain(&mount) || path.split() != Some((mount.as_str(), "x")) {
        reader.refuse(
            "VAULT_MOUNT",
            "expected the path at which a secret engine of kind KV version 2 is mounted, such as \
             secret",
        );
    }
    mount
}

/// Whether a path needs no escapes in a URL.
pub(super) fn is_plain(path: &str) -> bool {
    path.split('/').all(|segment| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !segment.trim_matches('.').is_empty() && segment.bytes().all(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::{problems, read, ring};

    const VAULT: [(&str, &str); 2] = [
        ("VAULT_ADDR", "https://vault.example:8200"),
        ("VAULT_TOKEN", "hvs.hush"),
    ];

    #[test]
    fn vault_is_an_address_and_a_token() {
        let found = problems([("VAULT_ADDR", "http://127.0.0.1:8200")]);
        assert_eq!(found, ["VAULT_TOKEN environment variable is required"]);
        let [address, token] = VAULT;
        let vault = read([address, token]).unwrap().vault.unwrap();
        assert_eq!(vault.address.as_str(), "https://vault.example:8200/");
        assert_eq!(vault.token.expose_secret(), "hvs.hush");
        assert_eq!(vault.mount, "secret");
        for (name, mount) in [("VAULT_MOUNT", "/kv/team/"), ("VAULT_KV_MOUNT", "kv/team")] {
            let vault = read([address, token, (name, mount)]).unwrap().vault;
            assert_eq!(vault.unwrap().mount, "kv/team", "{name}");
        }
        // A token alone is that of the operator's shell.
        assert!(read([token]).unwrap().vault.is_none());
    }

    #[test]
    fn what_no_vault_can_be_reached_with_is_refused() {
        let [address, token] = VAULT;
        for wrong in [
            ("VAULT_ADDR", "vault.example:8200"),
            ("VAULT_ADDR", "https://vault.example/behind/a/path"),
            ("VAULT_ADDR", "https://u:p@vault.example"),
            ("VAULT_TOKEN", "hvs.hush\u{e4}"),
            ("VAULT_TOKEN", "hvs. hush"),
            ("VAULT_MOUNT", "kv//team"),
            ("VAULT_MOUNT", "kv/../sys"),
            ("VAULT_MOUNT", "kv?x"),
            ("VAULT_MOUNT", "a/data/b"),
            ("VAULT_MOUNT", "/"),
            (
                "ENCRYPTION_KEY_VAULT_PATH",
                "secret/agentidp/encryption-key",
            ),
            ("ENCRYPTION_KEY_VAULT_PATH", "secret/data/"),
        ] {
            // The last of two equal names counts.
            let found = problems([address, token, wrong]);
            assert_eq!(found.len(), 1, "{wrong:?}: {found:?}");
            assert!(found[0].starts_with(&format!("{}: ", wrong.0)), "{found:?}");
            assert!(!found[0].contains("hush"), "{found:?}");
        }
    }

    #[test]
    fn the_key_ring_is_in_vault_unless_a_file_is_named() {
        let [address, token] = VAULT;
        let config = read([address, token]).unwrap();
        assert_eq!(ring(&config), "secret/data/agentidp/encryption-key");
        assert!(config.encryption.may_create);
        let named = ("ENCRYPTION_KEY_VAULT_PATH", "/kv/data/idp/ring");
        let config = read([address, token, named]).unwrap();
        assert_eq!(ring(&config), "kv/data/idp/ring");
        assert!(!config.encryption.may_create, "what is named is there");
        let file = ("ENCRYPTION_KEY_FILE", "/etc/ring.json");
        let config = read([address, token, named, file]).unwrap();
        assert_eq!(ring(&config), "/etc/ring.json");
        assert_eq!(ring(&read([named]).unwrap()), "./data/keys/encryption.json");
    }

    #[test]
    fn production_takes_vault_for_the_key_ring_and_creates_none() {
        let [address, token] = VAULT;
        let config = read([
            ("APP_ENV", "production"),
            ("OIDC_ISSUER", "https://idp.example"),
            ("DATABASE_URL", "postgresql://u:p@h/d"),
            address,
            token,
        ])
        .unwrap();
        assert_eq!(ring(&config), "secret/data/agentidp/encryption-key");
        assert!(!config.encryption.may_create);
    }
}
