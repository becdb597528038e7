//! Where the two files of a policy come from.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::PolicyError;

const RULES: &str = "authz.rego";
const SCOPES: &str = "data/scopes.json";

/// The place of a policy.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    BuiltIn,
    Folder(PathBuf),
}

/// A text with the name to blame for its mistakes.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The files of a policy.
pub(crate) struct Source {
    pub(crate) rules: File,
    pub(crate) scopes: File,
}

impl Origin {
    pub(crate) fn read(&self) -> Result<Source, PolicyError> {
        match self {
            Self::BuiltIn => Ok(Source {
                rules: built_in(RULES, include_str!("../../../../policies/authz.rego")),
                scopes: built_in(
                    SCOPES,
                    include_str!("../../../../policies/data/scopes.json"),
                ),
            }),
            Self::Folder(folder) => Ok(Source {
                rules: read(&folder.join(RULES))?,
                scopes: read(&folder.join(SCOPES))?,
            }),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built-in"),
            Self::Folder(folder) => write!(f, "{}", folder.display()),
        }
    }
}

fn built_in(name: &str, text: &str) -> File {
    File {
        name: format!("built-in:{name}"),
        text: text.to_owned(),
    }
}

fn read(path: &Path) -> Result<File, PolicyError> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(File { name, text }),
        Err(source) => Err(PolicyError::Unreadable { file: name, source }),
    }
}
