//! Output to the terminal.
//!
//! Results go to standard output, progress and errors to standard error. A
//! closed pipe is no reason to fail, so write errors are ignored.

use std::fmt::Display;
use std::io::{self, Write};

/// One line of a result.
pub fn line(text: impl Display) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Output of another program, as it is.
pub fn raw(bytes: &[u8]) {
    let mut out = io::stdout();
    let _ = out.write_all(bytes);
    let _ = out.flush();
}

/// What is being done now.
pub fn step(text: impl Display) {
    let _ = writeln!(io::stderr(), "==> {text}");
}

/// Something the reader should know.
pub fn note(text: impl Display) {
    let _ = writeln!(io::stderr(), "    {text}");
}

/// Why the command failed.
pub fn error(text: impl Display) {
    let _ = writeln!(io::stderr(), "error: {text}");
}
