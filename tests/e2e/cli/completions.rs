//! Completion scripts in the shells they are for.

use std::process::Command;

use agentidp_testkit::requirements;

use super::Tool;
use super::terminal::Terminal;
use crate::harness::finish;

/// A shell that finds the tool; `None`: the test was reported as skipped.
fn shell(tool: &Tool, shell: &str, arguments: &[&str]) -> Option<Command> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if !std::env::split_paths(&path).any(|folder| folder.join(shell).is_file()) {
        requirements::skip(&format!(
            "{shell} is not installed; run `cargo xtask setup`"
        ));
        return None;
    }
    let mut folders = vec![tool.binary.parent().unwrap().to_owned()];
    folders.extend(std::env::split_paths(&path));
    let mut command = Command::new(shell);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::join_paths(folders).unwrap())
        .env("HOME", tool.home.path())
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "xterm")
        .current_dir(tool.home.path());
    Some(command)
}

/// Runs a script in a shell; what it printed, line by line.
fn lines(command: &mut Command) -> Vec<String> {
    let ended = finish(command);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    ended.stdout.lines().map(str::to_owned).collect()
}

/// What bash offers for the last of these words.
fn in_bash(tool: &Tool, words: &[&str]) -> Option<Vec<String>> {
    const SCRIPT: &str = r#"
        source <(sentryagent completion bash)
        COMP_WORDS=(sentryagent "$@")
        COMP_CWORD=$#
        _sentryagent_completion sentryagent "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    let arguments = [&["--norc", "-c", SCRIPT, "bash"], words].concat();
    Some(lines(&mut shell(tool, "bash", &arguments)?))
}

#[test]
fn bash_offers_commands_flags_and_values() {
    let Some(tool) = Tool::new() else { return };
    let Some(offered) = in_bash(&tool, &[""]) else {
        return;
    };
    for word in [
        "configure",
        "tail-audit-log",
        "--version",
        "-v",
        "--help",
        "--profile",
    ] {
        assert!(offered.iter().any(|known| known == word), "{offered:?}");
    }
    assert!(!offered.iter().any(|word| word == "man" || word == "help"));
    let offered = in_bash(&tool, &["rotate-credentials", "--"]).unwrap();
    for word in ["--agent-id", "--credential-id", "--help", "--output"] {
        assert!(offered.iter().any(|known| known == word), "{offered:?}");
    }
    let languages = in_bash(&tool, &["scaffold", "--language", ""]).unwrap();
    assert_eq!(languages, ["typescript", "python", "go", "java", "rust"]);
    let shells = in_bash(&tool, &["completion", ""]).unwrap();
    for word in ["bash", "zsh", "fish"] {
        assert!(shells.iter().any(|known| known == word), "{shells:?}");
    }
    assert_eq!(in_bash(&tool, &["list-a"]).unwrap(), ["list-agents"]);
}

#[test]
fn bash_registers_the_function() {
    let Some(tool) = Tool::new() else { return };
    let script = "source <(sentryagent completion bash); complete -p sentryagent";
    if let Some(mut bash) = shell(&tool, "bash", &["--norc", "-c", script]) {
        let registered = lines(&mut bash).concat();
        assert!(
            registered.contains("-F _sentryagent_completion"),
            "{registered}"
        );
    }
}

#[test]
fn zsh_completes_what_is_typed() {
    let Some(tool) = Tool::new() else { return };
    let script = "autoload -Uz compinit && compinit -u -D
        source <(sentryagent completion zsh)
        print -r -- $_comps[sentryagent] ${+functions[_sentryagent]}";
    let Some(mut zsh) = shell(&tool, "zsh", &["-f", "-c", script]) else {
        return;
    };
    assert_eq!(lines(&mut zsh), ["_sentryagent 1"]);

    let mut terminal = Terminal::open(&shell(&tool, "zsh", &["-f", "-i"]).unwrap());
    terminal.send("PS1='ready> '; autoload -Uz compinit && compinit -u -D\n");
    terminal.send("source <(sentryagent completion zsh); print load''ed\n");
    terminal.expect("loaded");
    terminal.expect("ready> ");
    terminal.send("sentryagent rotate-\t");
    terminal.expect("credentials");
    // Ctrl+U takes the line back.
    terminal.send("\u{15}sentryagent scaffold --language ty\t");
    terminal.expect("pescript");
    terminal.send("\u{15}sentryagent \t");
    terminal.expect("Poll and stream audit log events");
    terminal.send("\u{15}exit\n");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
}

#[test]
fn fish_offers_commands_and_values() {
    let Some(tool) = Tool::new() else { return };
    let offered = |line: &str| {
        let script = format!("sentryagent completion fish | source; complete -C '{line}'");
        let fish = shell(&tool, "fish", &["--no-config", "-c", &script]);
        fish.map(|mut fish| lines(&mut fish))
    };
    let Some(commands) = offered("sentryagent ") else {
        return;
    };
    let expected = "register-agent\tRegister a new agent";
    assert!(commands.iter().any(|line| line == expected), "{commands:?}");
    let languages = offered("sentryagent scaffold --language ").unwrap();
    let mut words: Vec<&str> = languages
        .iter()
        .filter_map(|line| line.split('\t').next())
        .collect();
    words.sort_unstable();
    assert_eq!(words, ["go", "java", "python", "rust", "typescript"]);
}
