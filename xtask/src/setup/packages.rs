//! Debian packages: look for what they bring, install what is missing.
//!
//! Debian starts a PostgreSQL and a Redis service with their packages. Nothing
//! here uses or stops them: the tests run servers of their own on free ports.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use agentidp_testkit::services;

use crate::failure::{Failure, Result};
use crate::run::{first_line, run, succeeds};
use crate::ui;

/// Something that has to be on the machine.
#[derive(Debug)]
pub struct Need {
    /// What it is called.
    what: &'static str,
    /// The Debian packages that bring it.
    packages: &'static [&'static str],
    /// Whether it is there.
    is_present: fn() -> bool,
}

const OPENSSL: Need = Need {
    what: "OpenSSL headers",
    packages: &["libssl-dev", "pkg-config"],
    is_present: || succeeds(Command::new("pkg-config").args(["--exists", "openssl"])),
};

const POSTGRES: Need = Need {
    what: "PostgreSQL server",
    packages: &["postgresql"],
    is_present: || services::postgres_bin().is_some(),
};

const REDIS: Need = Need {
    what: "Redis server",
    packages: &["redis-server"],
    is_present: || services::redis_server().is_some(),
};

const SHELLS: Need = Need {
    what: "shells whose completions are tested",
    packages: &["zsh", "fish"],
    is_present: || ["zsh", "fish"].into_iter().all(is_on_path),
};

const WRK: Need = Need {
    what: "load generator wrk",
    packages: &["wrk", "curl", "openssl"],
    is_present: || ["wrk", "curl", "openssl"].into_iter().all(is_on_path),
};

/// Needed to measure the hot paths.
pub const FOR_BENCH: &[Need] = &[OPENSSL, POSTGRES, REDIS, WRK];
/// Needed to build the server.
pub const FOR_BUILD: &[Need] = &[OPENSSL];
/// Needed to build the server and to run it over its stores.
pub const FOR_INSTALLATION: &[Need] = &[OPENSSL, POSTGRES, REDIS];
/// Needed to build and to run all tests.
pub const ALL: &[Need] = &[OPENSSL, POSTGRES, REDIS, SHELLS];

/// Installs what is missing, as root on Debian; otherwise fails with the command
/// that does it.
pub fn ensure(needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.is_present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what: Vec<_> = missing.iter().map(|need| need.what).collect();
    let packages: Vec<_> = missing
        .iter()
        .flat_map(|need| need.packages)
        .copied()
        .collect();
    install(&packages).map_err(Failure::because(format!("missing: {}", what.join(", "))))?;
    match missing.iter().find(|need| !(need.is_present)()) {
        None => Ok(()),
        Some(need) => Err(Failure::new(format!(
            "{} is still missing after installing {}; install it by hand",
            need.what,
            need.packages.join(" ")
        ))),
    }
}

/// Installs Debian packages if this process may, else fails with the command.
pub fn install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    let is_root = first_line(Command::new("id").arg("-u")).as_deref() == Some("0");
    if !is_on_path("apt-get") {
        return Err(Failure::new(format!(
            "there is no apt-get here; install the counterparts of these Debian packages: {list}"
        )));
    }
    if !is_root {
        return Err(Failure::new(format!(
            "run `sudo apt-get update && sudo apt-get install --yes {list}` and try again"
        )));
    }
    ui::step(format!("installing Debian packages: {list}"));
    run(&mut apt_get(&["update"]))?;
    run(apt_get(&["install", "--yes", "--no-install-recommends"]).args(packages))
}

/// Downloads a Debian package into an empty folder, without installing it;
/// returns its path. Refreshes the lists of packages if need be and this
/// process may.
pub fn download(package: &str, folder: &Path) -> Result<PathBuf> {
    let failed = || format!("the Debian package {package} cannot be downloaded");
    let mut download = apt_get(&["download", package]);
    download.current_dir(folder);
    if run(&mut download).is_err() {
        run(&mut apt_get(&["update"])).map_err(Failure::because(failed()))?;
        run(&mut download).map_err(Failure::because(failed()))?;
    }
    let file = fs::read_dir(folder)?.next();
    let file = file.ok_or_else(|| Failure::new(failed()))?;
    Ok(file?.path())
}

/// A non-interactive `apt-get` that prints to standard error.
fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command
        .arg("-qq")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    command
}

/// Whether a program is on `PATH`.
pub fn is_on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_installed_when_nothing_is_missing() {
        let present = Need {
            what: "shell",
            packages: &["dash"],
            is_present: || is_on_path("sh"),
        };
        assert!(ensure(&[present]).is_ok());
    }

    #[test]
    fn programs_are_found_by_name() {
        assert!(is_on_path("sh"));
        assert!(!is_on_path("no-such-program"));
    }
}
