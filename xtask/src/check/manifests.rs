//! Manifests inherit what the workspace decides: lints, version, edition,
//! licence, and the version of every dependency.

use toml::{Table, Value};

use super::Violation;
use crate::workspace::Member;

/// Keys of `[package]` that have to be inherited.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];
/// Crates with a published interface, which decide about [`OWN`] themselves.
const PUBLISHED: &[&str] = &["crates/cli", "crates/client"];
/// Keys of `[package]` that a published crate does not inherit.
const OWN: &[&str] = &["version", "publish"];
/// Tables that list dependencies, at the top and below `[target.<condition>]`.
const DEPENDENCIES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

/// All places where a manifest decides for itself.
pub fn violations(members: &[Member]) -> Vec<Violation> {
    members.iter().flat_map(violations_of).collect()
}

fn violations_of(member: &Member) -> Vec<Violation> {
    let violation = |key: &str, message: String| Violation {
        file: member.manifest_path(),
        line: member.line_of(key),
        message,
    };
    let manifest = match member.manifest.parse::<Table>() {
        Ok(manifest) => manifest,
        Err(error) => return vec![violation("", format!("not a manifest: {error}"))],
    };
    let mut found = Vec::new();
    for key in INHERITED {
        if OWN.contains(key) && PUBLISHED.contains(&member.folder.as_str()) {
            continue;
        }
        if !is_inherited(manifest.get("package").and_then(|package| package.get(key))) {
            found.push(violation(
                key,
                format!("write `{key}.workspace = true` in [package]"),
            ));
        }
    }
    if !is_inherited(manifest.get("lints")) {
        found.push(violation(
            "workspace",
            "write `workspace = true` in [lints]".to_owned(),
        ));
    }
    for name in own_versions(&manifest) {
        found.push(violation(
            name,
            format!(
                "write `{name}.workspace = true` and put its version into \
                 [workspace.dependencies] of the root manifest"
            ),
        ));
    }
    found
}

/// Whether a value is a table with `workspace = true`.
fn is_inherited(value: Option<&Value>) -> bool {
    value
        .and_then(|value| value.get("workspace"))
        .and_then(Value::as_bool)
        == Some(true)
}

/// Names of the dependencies that are not inherited.
fn own_versions(manifest: &Table) -> Vec<&str> {
    let conditional = manifest.get("target").and_then(Value::as_table);
    let conditional = conditional
        .into_iter()
        .flat_map(Table::values)
        .filter_map(Value::as_table);
    let mut found = Vec::new();
    for table in std::iter::once(manifest).chain(conditional) {
        let lists = DEPENDENCIES
            .iter()
            .filter_map(|key| table.get(*key)?.as_table());
        for (name, value) in lists.flatten() {
            if !is_inherited(Some(value)) {
                found.push(name.as_str());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
[package]
name = \"x\"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[lints]
workspace = true

[dependencies]
serde.workspace = true
tokio = { workspace = true, features = [\"rt\"] }
";

    fn found(manifest: &str) -> Vec<String> {
        found_in("crates/x", manifest)
    }

    fn found_in(folder: &str, manifest: &str) -> Vec<String> {
        let member = Member {
            folder: folder.to_owned(),
            manifest: manifest.to_owned(),
            ..Member::default()
        };
        violations_of(&member)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_manifest_that_inherits_everything_is_accepted() {
        assert_eq!(found(GOOD), Vec::<String>::new());
    }

    #[test]
    fn a_published_crate_has_a_version_of_its_own() {
        let manifest = GOOD
            .replace(
                "version.workspace = true\nedition",
                "version = \"1.0.0\"\nedition",
            )
            .replace("publish.workspace = true", "publish = true");
        assert_eq!(found_in("crates/client", &manifest), Vec::<String>::new());
        assert_eq!(found(&manifest).len(), 2);
    }

    #[test]
    fn own_versions_are_found_in_every_table() {
        let manifest = format!(
            "{GOOD}own = \"1\"\n[dev-dependencies]\nalso = {{ version = \"1\" }}\n\
             [target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n"
        );
        let found = found(&manifest);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found[0].starts_with("crates/x/Cargo.toml:15: write `own.workspace"),
            "{found:?}"
        );
    }

    #[test]
    fn package_keys_and_lints_are_required() {
        let manifest = GOOD.replace("edition.workspace = true", "edition = \"2024\"");
        assert!(found(&manifest)[0].starts_with("crates/x/Cargo.toml:4: write `edition"));
        assert_eq!(
            found(&GOOD.replace("[lints]\nworkspace = true", "")).len(),
            1
        );
        assert!(found("= nonsense")[0].contains("not a manifest"));
    }
}
