//! Starter projects.

mod content;
mod counting;
mod durable;
mod limits;
mod refusals;

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use crate::support::{Answer, Api, Identity};

/// The five languages.
const LANGUAGES: [&str; 5] = ["typescript", "python", "go", "java", "rust"];

/// The answer to a request with a token that carries no scope.
async fn ask(api: &Api, by: &Identity, agent: &str, query: &str) -> Answer {
    let token = api.token(by, "");
    let path = format!("/api/v1/sdk/scaffold/{agent}{query}");
    api.get(&path).bearer(&token).send().await
}

/// Paths and contents of the archive in an answer.
#[track_caller]
fn unpack(answer: &Answer) -> BTreeMap<String, String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/zip"));
    let mut archive = ZipArchive::new(Cursor::new(answer.body.to_vec())).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        assert_eq!(entry.unix_mode(), Some(0o100_644), "{name}");
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        files.insert(name, content);
    }
    files
}
