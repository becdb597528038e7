//! `man`, a hidden command for those who package the program: manual pages.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};

use crate::args::definition;
use crate::failure::{Failure, Outcome};

const NAME: &str = "man";
const FOLDER: &str = "directory";

/// The command. It stands outside of the definition, so that completions and
/// manual pages do not know it.
pub(crate) fn command() -> Command {
    let folder = Arg::new(FOLDER)
        .required(true)
        .value_parser(value_parser!(PathBuf));
    Command::new(NAME)
        .about("Write the manual pages into a folder")
        .hide(true)
        .arg(folder)
}

/// The folder, if the command was given.
pub(crate) fn folder(matches: &ArgMatches) -> Option<PathBuf> {
    let own = matches.subcommand_matches(NAME)?;
    own.get_one::<PathBuf>(FOLDER).cloned()
}

/// Carries out the command.
pub(crate) fn run(folder: &Path) -> Outcome<()> {
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(definition(), folder))
        .map_err(Failure::during(format!(
            "The manual pages cannot be written to {}",
            folder.display()
        )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_has_a_page() {
        let folder = tempfile::tempdir().unwrap();
        let pages = folder.path().join("pages");
        run(&pages).unwrap();
        for name in [
            "sentryagent",
            "sentryagent-scaffold",
            "sentryagent-completion",
        ] {
            let page = fs::read_to_string(pages.join(format!("{name}.1"))).unwrap();
            assert!(page.contains("SYNOPSIS"), "{page}");
        }
        assert!(!pages.join("sentryagent-man.1").exists());
    }
}
