//! The API explorer. The operations come with the page; scripts of our own add
//! schemas, examples and requests out of `/openapi.json`.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse, get};
use agentidp_http::openapi;
use askama::Template;
use serde_json::Value;

use crate::page::ok;
use crate::portal::{EXPLORER, open_shell};
use crate::shell::Shell;

/// Methods in the order in which they are shown.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The operations of this version of the server.
static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| groups(&openapi::generate()));

/// Operations with the same tag.
struct Group {
    tag: String,
    description: String,
    operations: Vec<Operation>,
}

/// An operation as it is read without scripts.
struct Operation {
    method: String,
    /// Class of the method's badge.
    class: &'static str,
    path: String,
    summary: String,
    description: Vec<Piece>,
}

/// A piece of a text.
struct Piece {
    text: String,
    /// Whether it stands between backticks.
    is_code: bool,
}

fn groups(document: &Value) -> Vec<Group> {
    let tags = document.get("tags").and_then(Value::as_array);
    let tags = tags.into_iter().flatten();
    let groups = tags.map(|tag| {
        let name = text(tag, "name");
        Group {
            description: text(tag, "description"),
            operations: operations(document, &name),
            tag: name,
        }
    });
    groups
        .filter(|group| !group.operations.is_empty())
        .collect()
}

fn operations(document: &Value, tag: &str) -> Vec<Operation> {
    let paths = document.get("paths").and_then(Value::as_object);
    let mut found = Vec::new();
    for (path, item) in paths.into_iter().flatten() {
        for method in METHODS {
            let operation = item.get(method).filter(|operation| has_tag(operation, tag));
            if let Some(operation) = operation {
                found.push(Operation {
                    method: method.to_uppercase(),
                    class: class(method),
                    path: path.clone(),
                    summary: text(operation, "summary"),
                    description: pieces(&text(operation, "description")),
                });
            }
        }
    }
    found
}

fn has_tag(operation: &Value, tag: &str) -> bool {
    let tags = operation.get("tags").and_then(Value::as_array);
    tags.is_some_and(|tags| tags.iter().any(|known| known.as_str() == Some(tag)))
}

fn text(value: &Value, member: &str) -> String {
    let text = value.get(member).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// Takes a text apart at its backticks, all of the Markdown that there is.
fn pieces(text: &str) -> Vec<Piece> {
    let pieces = text.split('`').zip([false, true].into_iter().cycle());
    let piece = |(text, is_code): (&str, bool)| Piece {
        text: text.to_owned(),
        is_code,
    };
    pieces.map(piece).collect()
}

fn class(method: &str) -> &'static str {
    match method {
        "get" => "badge-default",
        "post" => "badge-success",
        "delete" => "badge-danger",
        _ => "badge-warning",
    }
}

#[derive(Template)]
#[template(path = "portal/explorer.html")]
struct ExplorerPage {
    shell: Shell,
    groups: &'static [Group],
}

/// The explorer as a page of the portal.
#[get("/api-explorer")]
pub async fn show(request: HttpRequest) -> HttpResponse {
    ok(&ExplorerPage {
        shell: open_shell(EXPLORER, &request).await,
        groups: &GROUPS,
    })
}

#[derive(Template)]
#[template(path = "portal/api_docs.html")]
struct PlainPage {
    groups: &'static [Group],
}

/// The explorer without the frame of the portal.
#[get("/api-docs")]
pub async fn plain() -> HttpResponse {
    ok(&PlainPage { groups: &GROUPS })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_in_exactly_one_group() {
        let document = openapi::generate();
        let paths = document["paths"].as_object().unwrap();
        let described: usize = paths
            .values()
            .map(|item| item.as_object().unwrap().len())
            .sum();
        let shown: usize = GROUPS.iter().map(|group| group.operations.len()).sum();
        assert_eq!(shown, described);
    }
}
