//! Rules for Rust files that no lint covers.

use std::fs;
use std::path::{Path, PathBuf};

use super::Violation;
use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

/// Longest file that a reader can keep in mind.
const MAX_LINES: usize = 400;

/// Something that no line may contain.
#[derive(Debug)]
struct Ban {
    /// The text, composed so that this file does not contain it.
    text: &'static str,
    /// Folder it is banned in; empty for the whole workspace.
    folder: &'static str,
    /// Why, and what to do instead.
    reason: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        text: concat!("todo", "!("),
        folder: "",
        reason: "no stubs: write it or leave it out",
    },
    Ban {
        text: concat!("unimplemented", "!("),
        folder: "",
        reason: "no stubs: write it or leave it out",
    },
    Ban {
        text: concat!("[allow", "("),
        folder: "",
        reason: "mend the cause, or write #[expect(…, reason = \"…\")]",
    },
    Ban {
        text: concat!("#[", "ignore"),
        folder: "",
        reason: "tests are never ignored; what is missing is told by testkit::requirements",
    },
    Ban {
        text: concat!(".route", "("),
        folder: "crates/http/src/",
        reason: "only handlers registered by .service() reach the API description",
    },
];

/// All places in the members' Rust files that break a rule.
pub fn violations(workspace: &Workspace) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for member in &workspace.members {
        for path in rust_files(&workspace.root.join(&member.folder))? {
            let text = fs::read_to_string(&path)
                .map_err(Failure::because(format!("cannot read {}", path.display())))?;
            let file = path.strip_prefix(&workspace.root).unwrap_or(&path);
            found.extend(violations_of(&file.display().to_string(), &text));
        }
    }
    Ok(found)
}

/// All `.rs` files below a folder, build output excepted.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        for entry in fs::read_dir(&current)? {
            let path = entry?.path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target") {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    Ok(files)
}

fn violations_of(file: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut add = |line, message: String| {
        found.push(Violation {
            file: file.to_owned(),
            line,
            message,
        })
    };
    let length = text.lines().count();
    if length > MAX_LINES {
        let message = format!("{length} lines; split the file, {MAX_LINES} is the limit");
        add(MAX_LINES + 1, message);
    }
    let header = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    if !header.starts_with("//!") {
        add(
            1,
            "begin the file with a `//!` header that says what it is for".to_owned(),
        );
    }
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        for ban in BANS.iter().filter(|ban| file.starts_with(ban.folder)) {
            if line.contains(ban.text) {
                add(
                    index + 1,
                    format!("`{}` is banned: {}", ban.text, ban.reason),
                );
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<String> {
        violations_of(file, text)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn each_ban_is_found_with_its_line_and_comments_are_free() {
        for ban in BANS {
            let file = format!("{}a.rs", ban.folder);
            let text = format!("//! Header.\n// {}\n    {}\n", ban.text, ban.text);
            let found = found(&file, &text);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(
                found[0].starts_with(&format!("{file}:3: `{}`", ban.text)),
                "{found:?}"
            );
        }
    }

    #[test]
    fn inner_attributes_are_found_too() {
        let text = format!("//! Header.\n{}!{}dead_code)]\n", '#', BANS[2].text);
        assert_eq!(found("a.rs", &text).len(), 1);
    }

    #[test]
    fn routes_are_banned_in_the_http_crate_only() {
        let text = format!("//! Header.\napp{}\"/\")\n", BANS[4].text);
        assert_eq!(found("crates/http/src/lib.rs", &text).len(), 1);
        assert!(found("crates/http/tests/it/main.rs", &text).is_empty());
    }

    #[test]
    fn long_files_and_missing_headers_are_reported() {
        let fits = format!("//! Header.\n{}", "\n".repeat(MAX_LINES - 1));
        assert!(found("a.rs", &fits).is_empty());
        assert_eq!(
            found("a.rs", &format!("{fits}\n")),
            ["a.rs:401: 401 lines; split the file, 400 is the limit"]
        );
        assert!(found("a.rs", "fn f() {}\n")[0].starts_with("a.rs:1: begin the file"));
    }
}
