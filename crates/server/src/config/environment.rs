//! Where settings come from: the process environment and `.env`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::Path;

use crate::failure::{Failure, Outcome};

/// File of settings in the working directory, for local use.
const FILE: &str = ".env";

/// Variables by name.
#[derive(Clone, Default)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// The process environment, completed by `.env`.
    ///
    /// # Errors
    ///
    /// A `.env` that cannot be read.
    pub(crate) fn load() -> Outcome<Self> {
        let process = std::env::vars_os();
        match std::fs::File::open(Path::new(FILE)) {
            Ok(file) => Self::merge(process, file),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Self::merge(process, std::io::empty())
            }
            Err(error) => Err(Failure::during(FILE)(error)),
        }
    }

    /// The variables of `process` and those of `file` that it does not have.
    fn merge(
        process: impl IntoIterator<Item = (OsString, OsString)>,
        mut file: impl Read,
    ) -> Outcome<Self> {
        // A value that is no UTF-8 keeps a mark by which the reader of the
        // variable refuses it.
        let mut variables: BTreeMap<String, String> = process
            .into_iter()
            .filter_map(|(name, value)| {
                Some((
                    name.into_string().ok()?,
                    value.to_string_lossy().into_owned(),
                ))
            })
            .collect();
        let mut text = String::new();
        file.read_to_string(&mut text)
            .map_err(Failure::during(FILE))?;
        for entry in dotenvy::from_read_iter(text.as_bytes()) {
            let (name, value) = entry.map_err(|error| malformed(&text, &error))?;
            variables.entry(name).or_insert(value);
        }
        Ok(Self(variables))
    }

    /// The value of a variable; an empty one counts as unset.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// All names that are set.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Variables {
    fn from(entries: [(&str, &str); N]) -> Self {
        let owned = entries.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self(owned.into_iter().collect())
    }
}

/// Names the line but does not show it: it may hold a secret.
fn malformed(text: &str, error: &dotenvy::Error) -> Failure {
    let place = match error {
        // Holds the line or what follows its equals sign.
        dotenvy::Error::LineParse(part, _) => {
            let start = part.lines().next().unwrap_or_default().trim_end();
            text.lines()
                .position(|line| !start.is_empty() && line.trim_end().ends_with(start))
        }
        _ => None,
    };
    let hint = "put values with spaces, # or line breaks in quotes";
    Failure::new(match place {
        Some(index) => format!("{FILE}, line {}: not NAME=value; {hint}", index + 1),
        None => format!("{FILE} has a line that is not NAME=value; {hint}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(process: &[(&str, &str)], file: &str) -> Outcome<Variables> {
        let process = process
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        Variables::merge(process, file.as_bytes())
    }

    #[test]
    fn the_process_wins_over_the_file() {
        let variables = merged(&[("A", "1"), ("B", "")], "A=2\nB=2\nC=3\n").unwrap();
        assert_eq!(variables.get("A"), Some("1"));
        assert_eq!(variables.get("B"), None);
        assert_eq!(variables.get("C"), Some("3"));
    }

    #[test]
    fn references_in_the_file_are_expanded() {
        let file = "DB_USER_=u\nDB_=x\nURL=postgresql://${DB_USER_}@h/${DB_}\nQUOTED=\"a\\nb\"\n";
        let variables = merged(&[], file).unwrap();
        assert_eq!(variables.get("URL"), Some("postgresql://u@h/x"));
        assert_eq!(variables.get("QUOTED"), Some("a\nb"));
    }

    #[test]
    fn a_bad_line_is_named_and_not_shown() {
        let error = merged(&[], "A=1\n# comment\nSECRET=two words\n")
            .err()
            .unwrap()
            .to_string();
        assert!(error.starts_with(".env, line 3: "), "{error}");
        assert!(!error.contains("words"), "{error}");
    }
}
