//! Guide and runbooks: the list of metrics is the catalogue, queries use what
//! is exported, commands exist.

use std::collections::{BTreeMap, BTreeSet};

use super::files::text;
use super::promql::faults;
use crate::harness::Installation;
use crate::metrics::catalogue::CATALOGUE;

const GUIDE: &str = "docs/guides/monitoring.md";
const RUNBOOK: &str = "docs/runbooks/alerts.md";

/// Name, type and labels of the rows of the guide's table of metrics.
fn documented() -> Vec<[String; 3]> {
    let guide = text(GUIDE);
    let (_, table) = guide.split_once("| Name | Type | Labels |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let rows = table.lines().skip(2).map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        [(); 3].map(|()| cells.next().unwrap().to_owned())
    });
    rows.collect()
}

#[test]
fn list_the_metrics_of_the_catalogue() {
    let marked = |word: &&str| format!("`{word}`");
    let catalogue: Vec<_> = CATALOGUE
        .iter()
        .map(|family| {
            let labels: Vec<_> = family.labels.iter().map(marked).collect();
            let labels = match labels.as_slice() {
                [] => "—".to_owned(),
                labels => labels.join(", "),
            };
            [marked(&family.name), family.kind.word().to_owned(), labels]
        })
        .collect();
    assert_eq!(documented(), catalogue);
}

#[test]
fn show_queries_over_what_is_exported() {
    for file in [GUIDE, RUNBOOK] {
        let text = text(file);
        let blocks: Vec<_> = text.split("```promql\n").skip(1).collect();
        assert!(!blocks.is_empty(), "{file}");
        for block in blocks {
            let (queries, _) = block.split_once("```").unwrap();
            for query in queries.lines() {
                let found = faults(query, &[]);
                assert!(found.is_empty(), "{file}: {query}: {found:?}");
            }
        }
    }
}

/// The commands of the server's binary in a text, with their options.
fn commands(text: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in text.lines() {
        let spans = line
            .split('`')
            .filter_map(|span| span.strip_prefix("agentidp "));
        for span in spans {
            let mut words = span.split(' ');
            let command = words.next().unwrap();
            let options = words.take_while(|word| *word != "|");
            let options = options.filter(|word| word.starts_with("--"));
            found.entry(command).or_default().extend(options);
        }
    }
    found
}

#[test]
fn name_commands_that_exist() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    let text = text(RUNBOOK);
    let commands = commands(&text);
    let names: Vec<_> = commands.keys().copied().collect();
    assert_eq!(names, ["doctor", "revoke-tokens", "verify-audit"]);
    for (command, options) in commands {
        let help = installation.succeed(&[command, "--help"]);
        for option in options {
            assert!(help.contains(option), "{command} {option}:\n{help}");
        }
    }
}
