//! `docs/security.md` says which test proves what: each file and test that it
//! names is there.

use std::fs;
use std::path::Path;

use super::Violation;
use crate::failure::{Failure, Result};

const DOCUMENT: &str = "docs/security.md";

/// A file that the document names, perhaps with a function in it.
#[derive(Debug, PartialEq, Eq)]
struct Reference<'a> {
    file: &'a str,
    function: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Reads `folder/file.ext` or `folder/file.rs::function`; `None` for code
    /// that is something else.
    fn parse(code: &'a str) -> Option<Self> {
        let (file, function) = match code.split_once("::") {
            Some((file, function)) => (file, Some(function)),
            None => (code, None),
        };
        let (folder, name) = file.rsplit_once('/')?;
        let is_path = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
        };
        let is_file = !folder.is_empty() && !folder.starts_with('/') && name.contains('.');
        (is_file && is_path(file)).then_some(Self { file, function })
    }
}

/// All references of the document to what does not exist.
pub fn violations(root: &Path) -> Result<Vec<Violation>> {
    let text = fs::read_to_string(root.join(DOCUMENT))
        .map_err(Failure::because(format!("cannot read {DOCUMENT}")))?;
    Ok(violations_of(&text, |file| {
        fs::read_to_string(root.join(file)).ok()
    }))
}

fn violations_of(text: &str, read: impl Fn(&str) -> Option<String>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        // Every second piece lies between backticks.
        let code = line.split('`').skip(1).step_by(2);
        for reference in code.filter_map(Reference::parse) {
            if let Some(message) = missing(&reference, &read) {
                found.push(Violation {
                    file: DOCUMENT.to_owned(),
                    line: index + 1,
                    message,
                });
            }
        }
    }
    found
}

/// What of `reference` is not there.
fn missing(reference: &Reference<'_>, read: impl Fn(&str) -> Option<String>) -> Option<String> {
    let file = reference.file;
    let Some(content) = read(file) else {
        return Some(format!("names {file}, which is not there"));
    };
    let function = reference.function?;
    if content.contains(&format!("fn {function}(")) {
        None
    } else {
        Some(format!("names {function}, which {file} does not have"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let read = |file: &str| {
            let content = "#[test]\nfn it_holds() {}\n";
            (file == "crates/a/tests/b.rs").then(|| content.to_owned())
        };
        violations_of(text, read)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn what_is_there_may_be_named() {
        assert!(found("x | `crates/a/tests/b.rs::it_holds`, `crates/a/tests/b.rs` |").is_empty());
    }

    #[test]
    fn what_is_not_there_is_found_with_its_line() {
        let text = "\n`crates/a/tests/b.rs::it_hold` and\n`crates/a/c.rs::it_holds`\n`docs/d.md`";
        assert_eq!(
            found(text),
            [
                "docs/security.md:2: names it_hold, which crates/a/tests/b.rs does not have",
                "docs/security.md:3: names crates/a/c.rs, which is not there",
                "docs/security.md:4: names docs/d.md, which is not there",
            ]
        );
    }

    #[test]
    fn other_code_is_no_file() {
        for code in [
            "/api/v1/agents/{agentId}/did.json",
            "/.well-known/did.json",
            "application/at+jwt",
            "https://idp.example/a.json",
            "a::b",
            "deny.toml",
            "cargo xtask check",
            "",
        ] {
            assert_eq!(Reference::parse(code), None, "{code}");
        }
    }
}
