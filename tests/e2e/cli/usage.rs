//! Help, version, wrong command lines, no configuration.

use std::collections::BTreeSet;
use std::fs;

use super::Tool;

const README: &str = include_str!("../../../crates/cli/README.md");

const NOT_CONFIGURED: &str = "Not configured. Run `sentryagent configure` first.\n";
const COMMANDS: [&str; 8] = [
    "configure",
    "register-agent",
    "list-agents",
    "issue-token",
    "rotate-credentials",
    "tail-audit-log",
    "completion",
    "scaffold",
];

#[test]
fn the_version_is_a_number() {
    let Some(tool) = Tool::new() else { return };
    for flag in ["-v", "--version"] {
        assert_eq!(tool.succeed(&[flag]), "1.0.0\n");
        assert_eq!(tool.succeed(&["list-agents", flag]), "1.0.0\n");
    }
}

#[test]
fn help_is_there_for_everything() {
    let Some(tool) = Tool::new() else { return };
    let help = tool.succeed(&["--help"]);
    assert_eq!(help, tool.succeed(&[]), "no command is like --help");
    assert_eq!(help, tool.succeed(&["-h"]));
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        let own = tool.succeed(&[command, "--help"]);
        assert!(own.contains("Examples:"), "{own}");
        assert!(tool.succeed(&["help", command]).contains("Examples:"));
    }
    for word in ["Environment:", "Exit codes:", "--profile"] {
        assert!(help.contains(word), "{help}");
    }
    let completion = tool.succeed(&["completion", "--help"]);
    assert!(
        completion
            .trim_end()
            .ends_with("Supported shells: bash, zsh, fish"),
        "{completion}"
    );
}

/// The names of environment variables in a text.
fn variables(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
    text.split(|c: char| !is_part(c))
        .filter(|word| {
            word.contains('_') || ["HOME", "TZ", "TERM", "CI", "CLICOLOR"].contains(word)
        })
        .collect()
}

#[test]
fn help_and_documentation_name_the_same_variables() {
    let Some(tool) = Tool::new() else { return };
    let help = tool.succeed(&["--help"]);
    let (_, told) = help.split_once("\nEnvironment:\n").unwrap();
    let (told, _) = told.split_once("\nFiles:\n").unwrap();
    let told = variables(told);
    // The table names them in its first column.
    let (_, table) = README.split_once("\n### Environment\n").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let names = table.lines().filter_map(|line| line.split('|').nth(1));
    let documented: BTreeSet<&str> = names.flat_map(variables).collect();
    assert_eq!(told, documented);
    assert!(told.contains("SENTRYAGENT_CLIENT_SECRET") && told.contains("NO_COLOR"));
}

#[test]
fn output_that_gets_lost_is_an_error() {
    let Some(tool) = Tool::new() else { return };
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = tool.command(&["completion", "bash"]);
    let ended = command.stdout(full).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let text = String::from_utf8(ended.stderr).unwrap();
    let expected = "Error: Standard output cannot be written: ";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_missing_flag_is_named() {
    let Some(tool) = Tool::new() else { return };
    for (command, option) in [
        ("register-agent", "--name <name>"),
        ("issue-token", "--agent-id <id>"),
        ("rotate-credentials", "--agent-id <id>"),
        ("scaffold", "--agent-id <id>"),
    ] {
        let expected = format!("error: required option '{option}' not specified\n");
        assert_eq!(tool.fail(&[command]), expected);
    }
}

#[test]
fn what_is_not_understood_ends_with_1() {
    let Some(tool) = Tool::new() else { return };
    for arguments in [
        &["frobnicate"][..],
        &["list-agents", "--colour"],
        &["list-agents", "--page", "two"],
        &["list-agents", "--output", "xml"],
        &["completion"],
        &["completion", "csh"],
    ] {
        assert_ne!(tool.fail(arguments), "", "{arguments:?}");
    }
}

#[test]
fn the_language_is_checked_before_anything_else() {
    let Some(tool) = Tool::new() else { return };
    let arguments = ["scaffold", "--agent-id", "x", "--language", "cobol"];
    let expected = "Error: Unsupported language 'cobol'. \
                    Choose: typescript, python, go, java, rust\n";
    assert_eq!(tool.fail(&arguments), expected);
}

#[test]
fn without_a_configuration_commands_say_what_to_do() {
    let Some(tool) = Tool::new() else { return };
    let commands = [
        &["register-agent", "--name", "a@b.example"][..],
        &["list-agents"],
        &["issue-token", "--agent-id", "x"],
        &["rotate-credentials", "--agent-id", "x"],
        &["tail-audit-log"],
        &["scaffold", "--agent-id", "x"],
    ];
    for arguments in commands {
        assert_eq!(tool.fail(arguments), NOT_CONFIGURED, "{arguments:?}");
    }
    let wrong = tool.fail(&["list-agents", "--profile", "staging"]);
    assert_eq!(
        wrong,
        "Profile 'staging' is not configured. \
         Run `sentryagent configure --profile staging` first.\n"
    );
    fs::create_dir(tool.path(".sentryagent")).unwrap();
    for content in ["", "{", r#"{"apiUrl": "x", "clientId": "y"}"#] {
        fs::write(tool.file(), content).unwrap();
        let said = tool.fail(&["list-agents"]);
        assert!(said.ends_with(NOT_CONFIGURED), "{content}: {said}");
    }
}

#[test]
fn manual_pages_are_written() {
    let Some(tool) = Tool::new() else { return };
    assert_eq!(tool.succeed(&["man", "pages/man1"]), "");
    for command in COMMANDS {
        let page = tool.path(&format!("pages/man1/sentryagent-{command}.1"));
        let page = fs::read_to_string(page).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
    let help = tool.succeed(&["--help"]);
    assert!(!help.contains("\n  man "), "{help}");
}
