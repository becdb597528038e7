//! Migrations only add: the version before goes on running on the new schema
//! until its last replica is replaced (`docs/operations.md`, Upgrading).

use std::fs;
use std::path::Path;

/// A file with this remark takes away what the version before does not use any
/// more; the remark says why that is sure.
const CONTRACT: &str = "-- contract:";

/// What breaks statements of the version before.
const BREAKING: [&str; 7] = [
    "DROP TABLE",
    "DROP COLUMN",
    "RENAME TO",
    "RENAME COLUMN",
    "SET NOT NULL",
    "ALTER COLUMN",
    "DROP DEFAULT",
];

/// Why a migration is not for a rolling upgrade, if it is not.
fn breaking(sql: &str) -> Option<String> {
    if sql.contains(CONTRACT) {
        return None;
    }
    let statements = statements(sql);
    let mut statements = statements.split(';');
    statements.find_map(|statement| {
        let taken = BREAKING.iter().find(|words| statement.contains(**words));
        let required = statement.contains("ADD COLUMN")
            && statement.contains("NOT NULL")
            && !statement.contains("DEFAULT");
        let why = taken.copied().or(required.then_some("NOT NULL"))?;
        Some(format!("{why}: {}", statement.trim()))
    })
}

/// Without remarks and breaks of lines, in capitals.
fn statements(sql: &str) -> String {
    let lines = sql.lines().map(|line| line.split("--").next().unwrap());
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ").to_uppercase()
}

#[test]
fn the_version_before_can_run_on_every_migration() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../migrations");
    let mut seen = 0;
    for tree in ["postgres", "sqlite"] {
        for migration in fs::read_dir(root.join(tree)).unwrap() {
            let file = migration.unwrap().path().join("up.sql");
            let sql = fs::read_to_string(&file).unwrap();
            let found = breaking(&sql);
            assert_eq!(found, None, "{}", file.display());
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} migrations");
}

#[test]
fn what_is_taken_away_is_found() {
    for sql in [
        "ALTER TABLE a\n  DROP COLUMN b;",
        "CREATE TABLE c (d int); drop table a;",
        "ALTER TABLE a ADD COLUMN b text NOT NULL;",
        "ALTER TABLE a ALTER COLUMN b TYPE bigint;",
    ] {
        assert!(breaking(sql).is_some(), "{sql}");
        assert_eq!(breaking(&format!("-- contract: since 1.2\n{sql}")), None);
    }
    for sql in [
        "ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 0;",
        "ALTER TABLE a ADD COLUMN b text; -- DROP TABLE a",
        "DROP INDEX a_b; CREATE INDEX a_b ON a (b);",
    ] {
        assert_eq!(breaking(sql), None, "{sql}");
    }
}
