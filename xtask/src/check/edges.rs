//! Which crate of the workspace may depend on which.
//!
//! | From | To | To, in tests only |
//! |---|---|---|
//! | server | domain, http, web, adapters | testkit |
//! | http | domain | adapters, testkit |
//! | web | domain, http | adapters, testkit |
//! | adapters | domain | testkit |
//! | domain | | adapters, testkit |
//! | cli | client | testkit |
//! | client | | testkit |
//! | testkit | domain, http, adapters | |
//! | properties | domain, http, adapters, testkit | |
//! | end-to-end tests | client, testkit | |
//! | xtask | testkit | |
//!
//! So adapters know nothing of one another, only the server names them, and what
//! is shipped never contains the testkit. In tests, the domain and the web edge
//! may run on real adapters instead of fakes. Any other edge is an error; a crate
//! in a folder that is not listed in [`role`] is one too.

use super::Violation;
use crate::workspace::Member;

/// Part that a crate plays, told by its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Domain,
    Adapter,
    Http,
    Web,
    Server,
    Client,
    Cli,
    Testkit,
    Properties,
    EndToEnd,
    Xtask,
}

fn role(folder: &str) -> Option<Role> {
    Some(match folder {
        "crates/domain" => Role::Domain,
        "crates/http" => Role::Http,
        "crates/web" => Role::Web,
        "crates/server" => Role::Server,
        "crates/client" => Role::Client,
        "crates/cli" => Role::Cli,
        "crates/testkit" => Role::Testkit,
        "crates/properties" => Role::Properties,
        "tests" => Role::EndToEnd,
        "xtask" => Role::Xtask,
        _ => {
            let adapter = folder.strip_prefix("crates/adapters/")?;
            return (!adapter.contains('/')).then_some(Role::Adapter);
        }
    })
}

fn allows(from: Role, to: Role, dev: bool) -> bool {
    match to {
        Role::Domain => {
            matches!(
                from,
                Role::Server
                    | Role::Http
                    | Role::Web
                    | Role::Adapter
                    | Role::Testkit
                    | Role::Properties
            )
        }
        Role::Adapter => match from {
            Role::Server | Role::Testkit | Role::Properties => true,
            Role::Domain | Role::Http | Role::Web => dev,
            _ => false,
        },
        // Pages stand on the edge of the API, never the other way round.
        Role::Http => matches!(
            from,
            Role::Server | Role::Web | Role::Testkit | Role::Properties
        ),
        Role::Web => matches!(from, Role::Server | Role::Properties),
        Role::Client => matches!(from, Role::Cli | Role::EndToEnd),
        Role::Testkit => dev || matches!(from, Role::EndToEnd | Role::Xtask | Role::Properties),
        Role::Server | Role::Cli | Role::Properties | Role::EndToEnd | Role::Xtask => false,
    }
}

/// All edges between members that are not allowed.
pub fn violations(members: &[Member]) -> Vec<Violation> {
    members
        .iter()
        .flat_map(|member| violations_of(member, members))
        .collect()
}

fn violations_of(member: &Member, members: &[Member]) -> Vec<Violation> {
    let violation = |line, message| Violation {
        file: member.manifest_path(),
        line,
        message,
    };
    let Some(from) = role(&member.folder) else {
        let message = format!(
            "{} is not part of the layout; add its role and edges to xtask/src/check/edges.rs",
            member.folder
        );
        return vec![violation(1, message)];
    };
    let mut found = Vec::new();
    for dependency in &member.dependencies {
        // The path of a dependency on the crate's own kind does not matter here:
        // package names are unique in a workspace.
        let Some(other) = members.iter().find(|other| other.name == dependency.name) else {
            continue;
        };
        // An unknown role is reported where it is declared.
        let Some(to) = role(&other.folder) else {
            continue;
        };
        if !allows(from, to, dependency.dev) {
            let kind = if dependency.dev {
                "dev-dependency"
            } else {
                "dependency"
            };
            found.push(violation(
                member.line_of(&dependency.name),
                format!(
                    "{} must not have the {kind} {}; see xtask/src/check/edges.rs for the \
                     allowed ones",
                    member.name, dependency.name
                ),
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Dependency, Workspace};

    fn member(folder: &str, dependencies: &[(&str, bool)]) -> Member {
        Member {
            name: folder.to_owned(),
            folder: folder.to_owned(),
            manifest: String::new(),
            dependencies: dependencies
                .iter()
                .map(|(name, dev)| Dependency {
                    name: (*name).to_owned(),
                    dev: *dev,
                })
                .collect(),
        }
    }

    /// Whether one edge from `from` to `to` is accepted.
    fn accepted(from: &str, to: &str, dev: bool) -> bool {
        violations(&[member(from, &[(to, dev)]), member(to, &[])]).is_empty()
    }

    #[test]
    fn edges_point_inwards() {
        for to in ["crates/domain", "crates/http", "crates/adapters/sql"] {
            assert!(accepted("crates/server", to, false), "server to {to}");
            assert!(!accepted(to, "crates/server", false), "{to} to server");
        }
        assert!(accepted("crates/adapters/sql", "crates/domain", false));
        assert!(!accepted("crates/domain", "crates/adapters/sql", false));
        assert!(!accepted("crates/http", "crates/adapters/sql", false));
    }

    #[test]
    fn adapters_do_not_know_each_other_even_in_tests() {
        for dev in [false, true] {
            assert!(!accepted(
                "crates/adapters/redis",
                "crates/adapters/memory",
                dev
            ));
        }
    }

    #[test]
    fn testkit_is_for_tests_only() {
        for from in [
            "crates/domain",
            "crates/http",
            "crates/adapters/sql",
            "crates/server",
        ] {
            assert!(accepted(from, "crates/testkit", true), "{from}");
            assert!(!accepted(from, "crates/testkit", false), "{from}");
        }
        assert!(accepted("tests", "crates/testkit", false));
        assert!(accepted("xtask", "crates/testkit", false));
        assert!(accepted("crates/testkit", "crates/http", false));
        assert!(!accepted("crates/testkit", "crates/web", false));
        assert!(accepted("crates/http", "crates/adapters/sql", true));
    }

    #[test]
    fn properties_know_what_they_hold_for_and_nobody_knows_them() {
        for to in [
            "crates/domain",
            "crates/http",
            "crates/adapters/jose",
            "crates/testkit",
        ] {
            assert!(accepted("crates/properties", to, false), "{to}");
            assert!(!accepted(to, "crates/properties", true), "{to}");
        }
    }

    #[test]
    fn pages_stand_on_the_api_and_only_the_server_knows_them() {
        for to in ["crates/domain", "crates/http"] {
            assert!(accepted("crates/web", to, false), "web to {to}");
            assert!(!accepted(to, "crates/web", true), "{to} to web");
        }
        assert!(!accepted("crates/web", "crates/adapters/sql", false));
        assert!(accepted("crates/server", "crates/web", false));
    }

    #[test]
    fn the_client_stands_alone() {
        for to in ["crates/domain", "crates/http", "crates/adapters/net"] {
            assert!(!accepted("crates/client", to, false), "client to {to}");
            assert!(!accepted(to, "crates/client", false), "{to} to client");
        }
        assert!(accepted("crates/cli", "crates/client", false));
        assert!(accepted("tests", "crates/client", true));
    }

    #[test]
    fn a_crate_outside_the_layout_is_reported() {
        let found = violations(&[member("crates/misc", &[])]);
        assert!(
            found[0]
                .to_string()
                .starts_with("crates/misc/Cargo.toml:1: "),
            "{found:?}"
        );
        assert_eq!(
            violations(&[member("crates/adapters/sql/deep", &[])]).len(),
            1
        );
    }

    #[test]
    fn every_crate_of_this_workspace_has_a_role() {
        let workspace = Workspace::load().unwrap();
        assert!(
            workspace
                .members
                .iter()
                .all(|member| role(&member.folder).is_some())
        );
    }
}
