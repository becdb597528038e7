//! Loading, reloading and what is refused.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use agentidp_domain::metrics::NoMetrics;
use agentidp_domain::policy::Decision;
use agentidp_domain::scope::{Scope, ScopeSet};
use agentidp_rego::{PolicyError, RegoPolicy};
use tempfile::TempDir;

use crate::support::{Counts, RULES, SCOPES, decide, deny};

fn folder(rules: &str, scopes: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    write(folder.path(), rules, scopes);
    folder
}

fn write(folder: &Path, rules: &str, scopes: &str) {
    fs::write(folder.join("authz.rego"), rules).unwrap();
    fs::write(folder.join("data/scopes.json"), scopes).unwrap();
}

fn load(rules: &str, scopes: &str) -> Result<RegoPolicy, PolicyError> {
    RegoPolicy::from_dir(folder(rules, scopes).path(), Arc::new(NoMetrics))
}

/// File and line that the error names.
fn blamed(error: &PolicyError) -> (String, Option<usize>) {
    let (file, line) = match error {
        PolicyError::Unreadable { file, .. } => (file, None),
        PolicyError::Broken { file, line, .. } => (file, *line),
    };
    let name = Path::new(file).file_name().unwrap();
    (name.to_str().unwrap().to_owned(), line)
}

const AGENTS: &str = "/api/v1/agents";

#[test]
fn a_folder_replaces_the_built_in_policy() {
    let policy = load(RULES, r#"{"GET:/api/v1/agents": ["audit:read"]}"#).unwrap();
    let audit = ScopeSet::EMPTY.with(Scope::AuditRead);
    assert_eq!(decide(&policy, "GET", AGENTS, audit), Decision::Allow);
    let others = ScopeSet::ALL.without(Scope::AuditRead);
    assert_eq!(decide(&policy, "GET", AGENTS, others), deny(audit));
    assert_eq!(
        decide(&policy, "POST", AGENTS, ScopeSet::ALL),
        deny(ScopeSet::EMPTY)
    );
}

#[test]
fn all_scopes_of_an_entry_are_needed() {
    let policy = load(
        RULES,
        r#"{"GET:/api/v1/agents": ["agents:read", "audit:read"]}"#,
    )
    .unwrap();
    let both = ScopeSet::EMPTY
        .with(Scope::AgentsRead)
        .with(Scope::AuditRead);
    assert_eq!(decide(&policy, "GET", AGENTS, both), Decision::Allow);
    for scope in both.iter() {
        assert_eq!(
            decide(&policy, "GET", AGENTS, both.without(scope)),
            deny(both)
        );
    }
}

#[test]
fn a_missing_file_is_named() {
    let empty = TempDir::new().unwrap();
    let error = RegoPolicy::from_dir(empty.path(), Arc::new(NoMetrics)).unwrap_err();
    assert_eq!(blamed(&error), ("authz.rego".to_owned(), None));
    let half = folder(RULES, SCOPES);
    fs::remove_file(half.path().join("data/scopes.json")).unwrap();
    let error = RegoPolicy::from_dir(half.path(), Arc::new(NoMetrics)).unwrap_err();
    assert_eq!(blamed(&error), ("scopes.json".to_owned(), None));
    assert!(error.to_string().contains("scopes.json"), "{error}");
}

#[test]
fn mistakes_in_the_map_have_file_and_line() {
    for (scopes, line, reason) in [
        (
            "{\n  \"GET:/a\": [\"agents:read\"],\n  oops\n}",
            3,
            "key must be a string",
        ),
        ("[]", 1, "object of arrays"),
        ("{\n\n\"GET:/a\": \"agents:read\"}", 3, "sequence"),
        (
            "{\n\"GET:/a\": [\n\"agents:raed\"]}",
            3,
            "unknown scope `agents:raed`",
        ),
        ("{\n\"GET:/a\": [1]}", 2, "string"),
        (
            "{\"GET:/a\": [],\n\"GET:/a\": []}",
            2,
            "`GET:/a` is listed twice",
        ),
        ("{}\nx", 2, "trailing"),
        ("", 1, "EOF"),
    ] {
        let error = load(RULES, scopes).unwrap_err();
        assert_eq!(
            blamed(&error),
            ("scopes.json".to_owned(), Some(line)),
            "{error}"
        );
        let text = error.to_string();
        assert!(text.contains(reason), "{text}");
        assert!(
            text.contains(&format!("scopes.json, line {line}")),
            "{text}"
        );
    }
}

#[test]
fn mistakes_in_the_rules_have_file_and_line() {
    for (rules, line) in [
        ("package authz\n\nallow if {\n", Some(4)),
        ("package authz\n\nallow if ???", Some(3)),
        ("package authz\nallow if { unknown_function(1) }", Some(2)),
        ("package authz\nallow if { x == 1 }", Some(2)),
        (
            "package authz\ndefault allow := false\nallow if { 1 + {} }",
            Some(3),
        ),
        ("nonsense", Some(1)),
        ("package authz\nallowed := true", None),
        ("package other\nallow := true", None),
        ("package authz\nallow := 1", None),
    ] {
        let error = load(rules, SCOPES).unwrap_err();
        assert_eq!(
            blamed(&error),
            ("authz.rego".to_owned(), line),
            "{rules}: {error}"
        );
        assert!(error.to_string().contains("authz.rego"), "{error}");
    }
    let error = load("package authz\nallowed := true", SCOPES).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("data.authz.allow is not defined"),
        "{error}"
    );
}

#[test]
fn an_error_while_evaluating_is_a_denial() {
    let rules = "package authz\ndefault allow := false\n\
                 allow if input.path == \"/ok\"\n\
                 allow if { input.path == \"/fails\"; to_number(input.path) > 0 }";
    let policy = load(rules, SCOPES).unwrap();
    assert_eq!(
        decide(&policy, "GET", "/ok", ScopeSet::EMPTY),
        Decision::Allow
    );
    assert_eq!(
        decide(&policy, "GET", "/fails", ScopeSet::ALL),
        deny(ScopeSet::EMPTY)
    );
}

#[test]
fn a_policy_without_default_or_keys_denies_what_it_does_not_allow() {
    let policy = load("package authz\nallow if input.path == \"/ok\"", SCOPES).unwrap();
    assert_eq!(
        decide(&policy, "GET", "/ok", ScopeSet::EMPTY),
        Decision::Allow
    );
    assert_eq!(
        decide(&policy, "GET", AGENTS, ScopeSet::ALL),
        deny(ScopeSet::EMPTY)
    );
}

#[test]
fn a_reload_replaces_policy_and_remembered_decisions() {
    let folder = folder(RULES, SCOPES);
    let counts = Arc::new(Counts::default());
    let policy = RegoPolicy::from_dir(folder.path(), counts.clone()).unwrap();
    assert_eq!(counts.both(), (1, 0));
    let agents = ScopeSet::EMPTY.with(Scope::AgentsRead);
    let audit = ScopeSet::EMPTY.with(Scope::AuditRead);
    assert_eq!(decide(&policy, "GET", AGENTS, agents), Decision::Allow);

    write(
        folder.path(),
        RULES,
        r#"{"GET:/api/v1/agents": ["audit:read"]}"#,
    );
    assert_eq!(decide(&policy, "GET", AGENTS, agents), Decision::Allow);
    policy.reload().unwrap();
    assert_eq!(counts.both(), (2, 0));
    assert_eq!(decide(&policy, "GET", AGENTS, agents), deny(audit));
    assert_eq!(decide(&policy, "GET", AGENTS, audit), Decision::Allow);
}

#[test]
fn a_broken_reload_keeps_the_last_good_policy() {
    let folder = folder(RULES, SCOPES);
    let counts = Arc::new(Counts::default());
    let policy = RegoPolicy::from_dir(folder.path(), counts.clone()).unwrap();
    let agents = ScopeSet::EMPTY.with(Scope::AgentsRead);
    for (rules, scopes) in [
        (RULES, "[]"),
        ("package authz", SCOPES),
        ("package", SCOPES),
    ] {
        write(folder.path(), rules, scopes);
        policy.reload().unwrap_err();
        assert_eq!(decide(&policy, "GET", AGENTS, agents), Decision::Allow);
        let path = "/api/v1/agents/not-asked-before";
        assert_eq!(decide(&policy, "GET", path, ScopeSet::EMPTY), deny(agents));
    }
    fs::remove_file(folder.path().join("authz.rego")).unwrap();
    policy.reload().unwrap_err();
    assert_eq!(counts.both(), (1, 4));
    assert_eq!(decide(&policy, "GET", AGENTS, agents), Decision::Allow);
}

#[test]
fn the_built_in_policy_reloads_too() {
    let counts = Arc::new(Counts::default());
    let policy = RegoPolicy::built_in(counts.clone()).unwrap();
    policy.reload().unwrap();
    assert_eq!(counts.both(), (2, 0));
}
