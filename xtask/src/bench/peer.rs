//! Another authorization server under the same load: npm's `oidc-provider`,
//! see `tests/bench-peer`.

use std::path::Path;
use std::process::Command;

use agentidp_testkit::services::free_port;

use crate::failure::Result;
use crate::installation::program::Program;
use crate::wrk::figures::Figures;
use crate::wrk::traffic::Traffic;
use crate::wrk::{Load, Pressure};

/// Its name in the report.
pub const NAME: &str = "oidc-provider";

/// The one client that `peer.mjs` knows.
const FORM: &str =
    "grant_type=client_credentials&scope=agents:read&client_id=bench&client_secret=no-secret";

/// Drives its token endpoint; `node` is the interpreter beside its packages.
pub fn issuance(node: &Path, key: &str, load: &Load, pressure: Pressure) -> Result<Figures> {
    let script = node
        .ancestors()
        .nth(2)
        .map(|folder| folder.join("peer.mjs"))
        .unwrap_or_default();
    let folder = tempfile::tempdir()?;
    let port = free_port()?;
    let mut command = Command::new(node);
    command
        .arg(script)
        .arg(port.to_string())
        .arg(key)
        .env("NODE_ENV", "production");
    let program = Program::start(
        &mut command,
        port,
        "/.well-known/openid-configuration",
        &folder.path().join("log"),
    )?;
    load.drive(
        &program,
        &Traffic::form("/token", FORM.to_owned()),
        pressure,
    )
}
