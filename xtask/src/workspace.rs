//! What `cargo metadata` and the manifests tell about the workspace.

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::failure::{Failure, Result};

/// The workspace this program belongs to.
#[derive(Debug)]
pub struct Workspace {
    /// Folder of the root manifest.
    pub root: PathBuf,
    /// Build folder of cargo.
    pub target: PathBuf,
    /// All member crates.
    pub members: Vec<Member>,
}

/// One crate of the workspace.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Name of the package.
    pub name: String,
    /// Its folder, relative to the root, with `/`.
    pub folder: String,
    /// Text of its manifest.
    pub manifest: String,
    /// Its declared dependencies.
    pub dependencies: Vec<Dependency>,
}

/// One declared dependency of a member.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Name of the package depended on.
    pub name: String,
    /// `true` if only tests, examples and benches use it.
    pub dev: bool,
}

impl Workspace {
    /// Reads the metadata of the workspace.
    pub fn load() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .no_deps()
            .exec()
            .map_err(Failure::because(
                "cargo metadata failed; mend the manifest it names",
            ))?;
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let mut members = Vec::new();
        for package in metadata.workspace_packages() {
            let path = package.manifest_path.as_std_path();
            let folder = path
                .parent()
                .and_then(|folder| folder.strip_prefix(&root).ok());
            members.push(Member {
                name: package.name.to_string(),
                folder: folder.unwrap_or(path).display().to_string(),
                manifest: fs::read_to_string(path)
                    .map_err(Failure::because(format!("cannot read {}", path.display())))?,
                dependencies: package.dependencies.iter().map(Dependency::from).collect(),
            });
        }
        Ok(Self {
            root,
            target: metadata.target_directory.into_std_path_buf(),
            members,
        })
    }
}

impl Member {
    /// Path of the manifest, relative to the root.
    pub fn manifest_path(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }

    /// Line of the manifest that declares `key`; 1 if it cannot be found.
    pub fn line_of(&self, key: &str) -> usize {
        let declares = |line: &str| {
            let rest = line.trim_start().strip_prefix(key);
            rest.is_some_and(|rest| rest.starts_with([' ', '.', '=']))
        };
        self.manifest
            .lines()
            .position(declares)
            .map_or(1, |index| index + 1)
    }
}

impl From<&cargo_metadata::Dependency> for Dependency {
    fn from(dependency: &cargo_metadata::Dependency) -> Self {
        Self {
            name: dependency.name.clone(),
            dev: dependency.kind == DependencyKind::Development,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_contains_this_crate() {
        let workspace = Workspace::load().unwrap();
        let own = workspace
            .members
            .iter()
            .find(|member| member.name == "xtask")
            .unwrap();
        assert_eq!(own.manifest_path(), "xtask/Cargo.toml");
        assert!(
            own.dependencies
                .iter()
                .any(|dependency| dependency.name == "clap")
        );
    }

    #[test]
    fn lines_are_found_by_whole_key() {
        let manifest = "[dependencies]\ndiesel-async = \"1\"\ndiesel.workspace = true\n".to_owned();
        let member = Member {
            manifest,
            ..Member::default()
        };
        assert_eq!(member.line_of("diesel"), 3);
        assert_eq!(member.line_of("diesel-async"), 2);
        assert_eq!(member.line_of("serde"), 1);
    }
}
