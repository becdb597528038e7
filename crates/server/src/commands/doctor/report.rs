//! Findings and how they are printed.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// What the doctor found.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<(Level, &'static str, String)>,
}

impl Report {
    /// All is well.
    pub(super) fn ok(&mut self, subject: &'static str, text: impl Into<String>) {
        self.findings.push((Level::Ok, subject, text.into()));
    }

    /// Works, but may not be what is wanted.
    pub(super) fn warn(&mut self, subject: &'static str, text: impl Into<String>) {
        self.findings.push((Level::Warn, subject, text.into()));
    }

    /// Does not work; the text says what to do.
    pub(super) fn fail(&mut self, subject: &'static str, text: impl Into<String>) {
        self.findings.push((Level::Fail, subject, text.into()));
    }

    /// Whether anything does not work.
    pub(super) fn has_failures(&self) -> bool {
        self.count(Level::Fail) > 0
    }

    fn count(&self, wanted: Level) -> usize {
        self.findings
            .iter()
            .filter(|(level, _, _)| *level == wanted)
            .count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (level, subject, text) in &self.findings {
            let word = match level {
                Level::Ok => "ok",
                Level::Warn => "warn",
                Level::Fail => "FAIL",
            };
            writeln!(f, "{word:<5} {subject:<10} {text}")?;
        }
        let (warnings, failures) = (self.count(Level::Warn), self.count(Level::Fail));
        write!(f, "{warnings} to look at, {failures} to correct")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_fail() {
        let mut report = Report::default();
        report.ok("database", "fine");
        report.warn("redis", "not set");
        assert!(!report.has_failures());
        report.fail("policy", "line 3");
        assert!(report.has_failures());
        let text = report.to_string();
        assert!(
            text.starts_with("ok    database   fine\nwarn  redis      not set\n"),
            "{text}"
        );
        assert!(text.ends_with("1 to look at, 1 to correct"), "{text}");
    }
}
