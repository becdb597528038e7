//! What the machine can do without the product: signatures of one core, empty
//! answers under the same load.

use std::path::Path;
use std::process::Command;

use agentidp_testkit::services::free_port;

use crate::failure::{Failure, Result};
use crate::installation::program::Program;
use crate::wrk::figures::Figures;
use crate::wrk::traffic::Traffic;
use crate::wrk::{Load, Pressure};

/// Signatures per second of one core.
#[derive(Clone, Copy, Debug)]
pub struct Signatures {
    /// RSA with 2048 bit.
    pub rs256: f64,
    /// ECDSA with P-256.
    pub es256: f64,
}

/// Measures with `openssl speed`.
pub fn signatures() -> Result<Signatures> {
    let output = Command::new("openssl")
        .args(["speed", "-mr", "-seconds", "2", "rsa2048", "ecdsap256"])
        .output()
        .map_err(Failure::because("`openssl speed` could not be started"))?;
    parse(&String::from_utf8_lossy(&output.stdout))
        .ok_or_else(|| Failure::new("the output of `openssl speed` could not be read"))
}

/// Drives a program that answers 200 to everything, on the web framework and
/// with the number of threads of the server.
pub fn empty_handler(binary: &Path, load: &Load, pressure: Pressure) -> Result<Figures> {
    let folder = tempfile::tempdir()?;
    let port = free_port()?;
    let mut command = Command::new(binary);
    command.arg(port.to_string());
    let program = Program::start(&mut command, port, "/", &folder.path().join("log"))?;
    load.drive(&program, &Traffic::get("/"), pressure)
}

/// Reads the machine-readable lines: `+F2` (RSA) and `+F4` (ECDSA), signatures
/// per second in the fourth field.
fn parse(text: &str) -> Option<Signatures> {
    let rate = |prefix: &str| -> Option<f64> {
        let line = text.lines().find(|line| line.starts_with(prefix))?;
        line.split(':').nth(3)?.parse().ok()
    };
    Some(Signatures {
        rs256: rate("+F2:")?,
        es256: rate("+F4:")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_from_their_lines() {
        let text = "+F2:2:2048:4030.0:60331.0\n+F4:3:256:48397.9:14123.0\n";
        let rates = parse(text).unwrap();
        assert!((rates.rs256 - 4030.0).abs() < 0.1);
        assert!((rates.es256 - 48_397.9).abs() < 0.1);
        assert!(parse("").is_none());
    }
}
