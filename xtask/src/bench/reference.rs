//! What one core of this machine can sign.

use std::process::Command;

use crate::failure::{Failure, Result};
use crate::ui;

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
    ui::step("measuring what one core can sign");
    let output = Command::new("openssl")
        .args(["speed", "-mr", "-seconds", "2", "rsa2048", "ecdsap256"])
        .output()
        .map_err(Failure::because("`openssl speed` could not be started"))?;
    parse(&String::from_utf8_lossy(&output.stdout))
        .ok_or_else(|| Failure::new("the output of `openssl speed` could not be read"))
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
