//! `completion`: scripts that shells load.

use crate::args::{Shell, definition};

const PROGRAM: &str = "sentryagent";

/// The script for a shell.
pub(crate) fn script(shell: Shell) -> String {
    let generator = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    // `help` repeats what `--help` does for each command.
    let mut command = definition().disable_help_subcommand(true);
    clap_complete::generate(generator, &mut command, PROGRAM, &mut script);
    let script = String::from_utf8_lossy(&script);
    match shell {
        // The generator names the function like the one of zsh.
        Shell::Bash => script
            .replace("_sentryagent()", "_sentryagent_completion()")
            .replace("-F _sentryagent ", "-F _sentryagent_completion "),
        Shell::Zsh | Shell::Fish => script.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_called_as_users_of_the_scripts_know_them() {
        let bash = script(Shell::Bash);
        assert!(bash.contains("_sentryagent_completion() {"), "{bash}");
        assert!(
            bash.contains("complete -F _sentryagent_completion "),
            "{bash}"
        );
        assert!(!bash.contains("-F _sentryagent "), "{bash}");
        let zsh = script(Shell::Zsh);
        assert!(zsh.starts_with("#compdef sentryagent\n"), "{zsh}");
        assert!(zsh.contains("\n_sentryagent() {"), "{zsh}");
    }

    #[test]
    fn every_script_offers_values_and_no_hidden_command() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = script(shell);
            assert!(script.contains("typescript"), "{script}");
            assert!(script.contains("rotate-credentials"), "{script}");
            assert!(!script.contains("manual pages"), "{script}");
        }
    }
}
