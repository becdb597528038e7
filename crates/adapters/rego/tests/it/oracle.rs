//! The same decisions as another implementation of Rego, over generated
//! requests.

use std::io::Write;
use std::process::{Command, Stdio};

use agentidp_domain::policy::{Decision, Policy, PolicyRequest};
use agentidp_domain::scope::{Scope, ScopeSet};
use agentidp_testkit::requirements;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::support::{built_in, entries, path_of};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../..");

/// Enough for every entry with every kind of change several times.
const REQUESTS: usize = 1_000;

#[derive(Clone, Debug)]
struct Request {
    method: String,
    path: String,
    scopes: ScopeSet,
    concerns_self: bool,
}

impl Request {
    fn is_allowed(&self, policy: &dyn Policy) -> bool {
        let decision = policy.decide(&PolicyRequest {
            method: &self.method,
            path: &self.path,
            route: &self.path,
            scopes: self.scopes,
            concerns_self: self.concerns_self,
        });
        decision == Decision::Allow
    }

    fn input(&self) -> String {
        let scopes: Vec<_> = self.scopes.iter().map(Scope::as_str).collect();
        json!({
            "method": self.method,
            "path": self.path,
            "scopes": scopes,
            "self": self.concerns_self,
        })
        .to_string()
    }
}

/// A path of the map, as it is or spoiled.
fn paths(path: String) -> impl Strategy<Value = String> {
    let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
    let count = segments.len();
    let word = select(vec![
        "",
        ".",
        "..",
        "%2e",
        "%2F",
        "%41",
        "%zz",
        ":id",
        "agents",
        "credentials",
        "x y",
        "ä",
    ]);
    let replaced =
        (1..count, word.clone(), Just(segments.clone())).prop_map(|(at, word, mut segments)| {
            segments[at] = word.to_owned();
            segments.join("/")
        });
    let inserted =
        (1..=count, word, Just(segments.clone())).prop_map(|(at, word, mut segments)| {
            segments.insert(at, word.to_owned());
            segments.join("/")
        });
    let cut = (1..=count).prop_map(move |length| segments[..length].join("/"));
    prop_oneof![
        6 => Just(path.clone()),
        1 => Just(format!("{path}/")),
        1 => Just(format!("{path}//")),
        1 => Just(path.to_uppercase()),
        2 => replaced,
        2 => inserted,
        1 => cut,
    ]
}

fn requests() -> impl Strategy<Value = Request> {
    select(entries()).prop_flat_map(|(method, pattern, wanted)| {
        let other = select(vec!["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "get"]);
        let methods = prop_oneof![4 => Just(method), 1 => other.prop_map(str::to_owned)];
        let all: Vec<Scope> = ScopeSet::ALL.iter().collect();
        let some = subsequence(all.clone(), 0..=all.len());
        let scopes = prop_oneof![
            Just(wanted),
            some.prop_map(|scopes| scopes.into_iter().collect()),
            vec(select(all), 0..3).prop_map(|scopes| scopes.into_iter().collect()),
        ];
        let parts = (methods, paths(path_of(&pattern)), scopes, any::<bool>());
        parts.prop_map(|(method, path, scopes, concerns_self)| Request {
            method,
            path,
            scopes,
            concerns_self,
        })
    })
}

fn decisions_of_the_other(python: &str, requests: &[Request]) -> Vec<bool> {
    let mut oracle = Command::new(python)
        .arg(format!("{FOLDER}/tests/interop/policy_oracle.py"))
        .arg(format!("{FOLDER}/policies/authz.rego"))
        .arg(format!("{FOLDER}/policies/data/scopes.json"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input: String = requests
        .iter()
        .map(|request| format!("{}\n", request.input()))
        .collect();
    let mut pipe = oracle.stdin.take().unwrap();
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let output = oracle.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| line == "allow").collect()
}

#[test]
fn decides_the_same() {
    let Some(python) = requirements::require(requirements::PYTHON) else {
        return;
    };
    let mut runner = TestRunner::deterministic();
    let generated: Vec<Request> = (0..REQUESTS)
        .map(|_| requests().new_tree(&mut runner).unwrap().current())
        .collect();
    let policy = built_in();
    let ours: Vec<bool> = generated
        .iter()
        .map(|request| request.is_allowed(&policy))
        .collect();
    let theirs = decisions_of_the_other(&python, &generated);
    assert_eq!(theirs.len(), ours.len());
    for ((request, ours), theirs) in generated.iter().zip(&ours).zip(theirs) {
        assert_eq!(*ours, theirs, "{}", request.input());
    }
    // Neither answer is rare.
    let allowed = ours.iter().filter(|allowed| **allowed).count();
    assert!(
        (REQUESTS / 5..REQUESTS * 4 / 5).contains(&allowed),
        "{allowed}"
    );
}
