//! From the words of the command line to an invocation, or to what is said
//! instead.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Error, FromArgMatches, ValueEnum};

use crate::args::{Cli, Language, OutputFormat, definition};
use crate::commands::man;
use crate::failure::Failure;
use crate::ui::Ui;

/// What to carry out.
#[derive(Debug)]
pub(crate) enum Invocation {
    /// A command.
    Command(Cli),
    /// Writing the manual pages into a folder.
    ManualPages(PathBuf),
}

impl Invocation {
    /// Form of the results.
    pub(crate) fn output(&self) -> OutputFormat {
        match self {
            Self::Command(cli) => cli.global.output,
            Self::ManualPages(_) => OutputFormat::Table,
        }
    }
}

/// Reads the command line. `Err`: help, version or an error was printed, and
/// this is the exit code.
pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Invocation, ExitCode> {
    read(words).map_err(|error| tell(&error))
}

fn read(words: impl Iterator<Item = OsString>) -> Result<Invocation, Error> {
    let mut command = definition().subcommand(man::command());
    let matches = command.try_get_matches_from_mut(words)?;
    if let Some(folder) = man::folder(&matches) {
        return Ok(Invocation::ManualPages(folder));
    }
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    Ok(Invocation::Command(cli))
}

/// Prints what the error stands for.
fn tell(error: &Error) -> ExitCode {
    let ui = Ui::new(OutputFormat::Table);
    match error.kind() {
        ErrorKind::DisplayVersion => {
            ui.raw(concat!(env!("CARGO_PKG_VERSION"), "\n"));
            return ExitCode::SUCCESS;
        }
        ErrorKind::DisplayHelp => {
            error.print().ok();
            return ExitCode::SUCCESS;
        }
        ErrorKind::MissingRequiredArgument => {
            let options = strings(error, ContextKind::InvalidArg);
            options.iter().for_each(|option| ui.missing_option(option));
        }
        ErrorKind::InvalidValue if is_about_language(error) => {
            let value = strings(error, ContextKind::InvalidValue).concat();
            ui.failure(&unsupported(&value));
        }
        _ => {
            error.print().ok();
        }
    }
    ExitCode::FAILURE
}

/// The texts in the context of an error.
fn strings(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

fn is_about_language(error: &Error) -> bool {
    let arguments = strings(error, ContextKind::InvalidArg);
    arguments.iter().any(|text| text.starts_with("--language"))
}

fn unsupported(language: &str) -> Failure {
    let known: Vec<String> = Language::value_variants()
        .iter()
        .filter_map(Language::to_possible_value)
        .map(|value| value.get_name().to_owned())
        .collect();
    let known = known.join(", ");
    Failure::new(format!(
        "Unsupported language '{language}'. Choose: {known}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> Error {
        let words = line.split(' ').map(OsString::from);
        read(words).expect_err("it must be refused")
    }

    #[test]
    fn a_missing_flag_is_named_with_its_value() {
        let error = refused("sentryagent rotate-credentials");
        assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
        let options = strings(&error, ContextKind::InvalidArg);
        assert_eq!(options, ["--agent-id <id>"]);
    }

    #[test]
    fn a_language_is_refused_with_the_known_ones() {
        for value in ["cobol", "TypeScript"] {
            let error = refused(&format!(
                "sentryagent scaffold --agent-id x --language {value}"
            ));
            assert!(is_about_language(&error), "{error:?}");
            let value = strings(&error, ContextKind::InvalidValue).concat();
            let expected = format!(
                "Unsupported language '{value}'. Choose: typescript, python, go, java, rust"
            );
            assert_eq!(unsupported(&value), Failure::new(expected));
        }
        assert!(!is_about_language(&refused(
            "sentryagent list-agents --output xml"
        )));
    }

    #[test]
    fn the_version_may_be_asked_for_everywhere() {
        for line in [
            "sentryagent -v",
            "sentryagent --version",
            "sentryagent list-agents -v",
        ] {
            assert_eq!(refused(line).kind(), ErrorKind::DisplayVersion, "{line}");
        }
    }

    #[test]
    fn manual_pages_are_an_invocation_of_their_own() {
        let words = ["sentryagent", "man", "pages"].map(OsString::from);
        let made = read(words.into_iter()).unwrap();
        assert!(matches!(made, Invocation::ManualPages(folder) if folder.as_os_str() == "pages"));
    }
}
