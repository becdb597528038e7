//! The Kafka broker of the end-to-end tests.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::environment::Environment;
use super::packages;
use crate::failure::{Failure, Result};
use crate::run::{first_line, run, succeeds};
use crate::ui;
use crate::workspace::Workspace;

/// Broker and what it needs, with exact versions.
const PROJECT: &str = "tests/interop/kafka/pom.xml";

/// Makes sure that `target/interop-kafka/lib` has the classes of the broker and
/// returns its class path. Does nothing if the project has not changed.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let environment = Environment::new(workspace, "interop-kafka", &[PROJECT])?;
    let project = workspace.root.join(PROJECT);
    // A link to Java stands for the whole: without Java it is of no use.
    environment.ensure("bin/java", |folder| create(folder, &project))?;
    Ok(environment.folder.join("lib").join("*"))
}

fn create(environment: &Path, project: &Path) -> Result<()> {
    let java = find().map_or_else(install, Ok)?;
    ui::step(format!("copying the packages of {PROJECT}"));
    if environment.exists() {
        fs::remove_dir_all(environment)?;
    }
    let programs = environment.join("bin");
    fs::create_dir_all(&programs)?;
    let mut folder = std::ffi::OsString::from("-DoutputDirectory=");
    folder.push(environment.join("lib"));
    run(Command::new("mvn")
        .args([
            "--quiet",
            "--batch-mode",
            "--no-transfer-progress",
            "--file",
        ])
        .arg(project)
        .args(["dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(std::io::stderr()))?;
    Ok(symlink(java, programs.join("java"))?)
}

/// Where `java` is, if it works and there is `mvn` too.
fn find() -> Option<PathBuf> {
    let java = first_line(Command::new("sh").args(["-c", "command -v java"]))?;
    let works = |program: &str| succeeds(Command::new(program).arg("--version"));
    (works(&java) && works("mvn")).then(|| java.into())
}

/// Debian's Java and Maven, for machines that have none. The compiler is for the
/// Java SDK.
fn install() -> Result<PathBuf> {
    let missing = "there is no Java with Maven";
    packages::install(&["default-jdk-headless", "maven"]).map_err(Failure::because(missing))?;
    find().ok_or_else(|| Failure::new(format!("{missing}, also after installing Debian's")))
}
