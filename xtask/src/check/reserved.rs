//! Third-party crates that belong to one of our crates alone.
//!
//! `deny.toml` says the same about the resolved graph; this check needs no tool,
//! knows the line and allows every use in tests.

use super::Violation;
use crate::workspace::Member;

/// Crates, and the packages that may depend on them.
const RESERVED: &[(&[&str], &[&str])] = &[
    (
        &[
            "diesel",
            "diesel-async",
            "diesel_migrations",
            "libsqlite3-sys",
        ],
        &["agentidp-sql"],
    ),
    (
        &["actix-web"],
        // The properties ask the API without a socket.
        &[
            "agentidp-http",
            "agentidp-web",
            "agentidp",
            "agentidp-properties",
        ],
    ),
    (&["redis", "deadpool-redis"], &["agentidp-redis"]),
    (&["rskafka"], &["agentidp-kafka"]),
    (&["josekit"], &["agentidp-jose"]),
    // The testkit plays foreign issuers, which must not run on our own code.
    (&["openssl"], &["agentidp-jose", "agentidp-testkit"]),
    (&["regorus"], &["agentidp-rego"]),
    (&["vaultrs", "rustify"], &["agentidp-vault"]),
];

/// All dependencies on a reserved crate outside its owners, tests excepted.
pub fn violations(members: &[Member]) -> Vec<Violation> {
    let mut found = Vec::new();
    for member in members {
        for dependency in member
            .dependencies
            .iter()
            .filter(|dependency| !dependency.dev)
        {
            let reservation = RESERVED
                .iter()
                .find(|(names, _)| names.contains(&dependency.name.as_str()));
            let Some((_, owners)) = reservation else {
                continue;
            };
            if !owners.contains(&member.name.as_str()) {
                found.push(Violation {
                    file: member.manifest_path(),
                    line: member.line_of(&dependency.name),
                    message: format!(
                        "{} is reserved to {}; go through a port of the domain instead",
                        dependency.name,
                        owners.join(", ")
                    ),
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn member(name: &str, dependency: &str, dev: bool) -> Member {
        Member {
            name: name.to_owned(),
            folder: "crates/x".to_owned(),
            manifest: format!("[dependencies]\n{dependency}.workspace = true\n"),
            dependencies: vec![Dependency {
                name: dependency.to_owned(),
                dev,
            }],
        }
    }

    #[test]
    fn only_the_owner_may_depend_on_a_reserved_crate() {
        assert!(violations(&[member("agentidp-sql", "diesel-async", false)]).is_empty());
        assert!(violations(&[member("agentidp", "actix-web", false)]).is_empty());
        let found = violations(&[member("agentidp-http", "diesel", false)]);
        assert!(
            found[0]
                .to_string()
                .starts_with("crates/x/Cargo.toml:2: diesel is reserved")
        );
    }

    #[test]
    fn tests_may_use_everything() {
        assert!(violations(&[member("agentidp-domain", "josekit", true)]).is_empty());
        assert!(violations(&[member("agentidp-domain", "serde", false)]).is_empty());
    }
}
