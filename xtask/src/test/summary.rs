//! Adding up the result lines of the test binaries.

/// Number of tests over all test binaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
}

impl Summary {
    /// Adds the numbers of a line if it is the result line of a test binary.
    pub fn read(&mut self, line: &str) {
        let Some(result) = line.trim().strip_prefix("test result: ") else {
            return;
        };
        let counts = result.split_once(". ").map_or(result, |(_, counts)| counts);
        for count in counts.split(';') {
            let mut words = count.split_whitespace();
            let number = words
                .next()
                .and_then(|word| word.parse::<u64>().ok())
                .unwrap_or(0);
            match words.next() {
                Some("passed") => self.passed += number,
                Some("failed") => self.failed += number,
                _ => {}
            }
        }
    }
}

/// The last line of a run: `N passed, N failed`, and `, N skipped` if any were.
pub fn closing_line(passed: u64, failed: u64, skipped: usize) -> String {
    let skipped = if skipped == 0 {
        String::new()
    } else {
        format!(", {skipped} skipped")
    };
    format!("{passed} passed, {failed} failed{skipped}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_summed_and_others_ignored() {
        let mut summary = Summary::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n",
            "test a ... ok",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1s\n",
        ] {
            summary.read(line);
        }
        assert_eq!(
            summary,
            Summary {
                passed: 13,
                failed: 2
            }
        );
    }

    #[test]
    fn closing_line_names_skips_only_if_there_are_any() {
        assert_eq!(closing_line(5, 0, 0), "5 passed, 0 failed");
        assert_eq!(closing_line(5, 1, 2), "5 passed, 1 failed, 2 skipped");
    }
}
