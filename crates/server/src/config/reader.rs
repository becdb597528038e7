//! Reads single settings and collects everything that is wrong with them.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::config::environment::Variables;

/// Other names of variables; the main name wins.
const ALIASES: [(&str, &str); 5] = [
    ("API_URL", "NEXT_PUBLIC_API_URL"),
    ("APP_ENV", "NODE_ENV"),
    ("OIDC_ISSUER", "JWT_ISSUER"),
    ("JWT_ALGORITHM", "OIDC_SIGNING_ALG"),
    ("VAULT_MOUNT", "VAULT_KV_MOUNT"),
];

/// Everything that is wrong with the settings; each text names its variable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConfigError(pub(crate) Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => f.write_str(only),
            all => {
                write!(f, "{} settings are wrong:", all.len())?;
                all.iter()
                    .try_for_each(|problem| write!(f, "\n  - {problem}"))
            }
        }
    }
}

/// Reads variables. A wrong one is noted and replaced by its default, so that
/// the others are looked at too; [`finish`](Self::finish) then fails.
pub(crate) struct Reader<'a> {
    variables: &'a Variables,
    problems: Vec<String>,
    remarks: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Reads from `variables`.
    pub(crate) fn new(variables: &'a Variables) -> Self {
        Self {
            variables,
            problems: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// Notes what is wrong with a variable.
    pub(crate) fn refuse(&mut self, name: &str, reason: impl fmt::Display) {
        self.problems.push(format!("{name}: {reason}"));
    }

    /// Notes that something must be set.
    pub(crate) fn require(&mut self, name: &str) {
        self.problems
            .push(format!("{name} environment variable is required"));
    }

    /// Notes a text that speaks for itself.
    pub(crate) fn problem(&mut self, text: impl Into<String>) {
        self.problems.push(text.into());
    }

    /// Notes something to be logged that is not an error.
    pub(crate) fn remark(&mut self, text: impl Into<String>) {
        self.remarks.push(text.into());
    }

    /// Whether the variable has a value.
    pub(crate) fn is_set(&self, name: &'static str) -> bool {
        self.find(name).is_some()
    }

    /// The value, and the name under which it was found.
    fn find(&self, name: &'static str) -> Option<(&'static str, &'a str)> {
        let alias = ALIASES
            .iter()
            .find(|(main, _)| *main == name)
            .map(|(_, alias)| *alias);
        [Some(name), alias]
            .into_iter()
            .flatten()
            .find_map(|name| Some((name, self.variables.get(name)?)))
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<&'a str> {
        let (found, value) = self.find(name)?;
        if value.contains(char::REPLACEMENT_CHARACTER) {
            self.refuse(found, "the value is not UTF-8");
            return None;
        }
        Some(value)
    }

    /// A secret text.
    pub(crate) fn secret(&mut self, name: &'static str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    /// PEM; line breaks may be written as `\n`.
    pub(crate) fn pem(&mut self, name: &'static str) -> Option<String> {
        self.text(name).map(|value| value.replace("\\n", "\n"))
    }

    /// A whole number in `range`.
    pub(crate) fn number<T>(
        &mut self,
        name: &'static str,
        default: T,
        range: RangeInclusive<u64>,
    ) -> T
    where
        T: TryFrom<u64>,
    {
        let Some((found, value)) = self.find(name) else {
            return default;
        };
        let parsed = value.parse().ok().filter(|number| range.contains(number));
        if let Some(number) = parsed.and_then(|number| T::try_from(number).ok()) {
            return number;
        }
        let (low, high) = (range.start(), range.end());
        self.refuse(
            found,
            format!("expected a whole number from {low} to {high}, not {value:?}"),
        );
        default
    }

    /// A time in milliseconds, at least one.
    pub(crate) fn millis(&mut self, name: &'static str, default: u64) -> Duration {
        Duration::from_millis(self.number(name, default, 1..=MAX_MILLIS))
    }

    /// A time in seconds, at least one.
    pub(crate) fn seconds(&mut self, name: &'static str, default: u64) -> Duration {
        Duration::from_secs(self.number(name, default, 1..=MAX_MILLIS / 1000))
    }

    /// A switch. Only the exact opposite of the default changes it.
    pub(crate) fn flag(&mut self, name: &'static str, default: bool) -> bool {
        match self.find(name) {
            Some((_, "true")) => true,
            Some((_, "false")) => false,
            Some((found, value)) => {
                let text =
                    format!("{found}: {value:?} is neither true nor false; taken as {default}");
                self.remark(text);
                default
            }
            None => default,
        }
    }

    /// One of a few words.
    pub(crate) fn choice<T>(&mut self, name: &'static str, words: &[(&str, T)], default: T) -> T
    where
        T: Copy,
    {
        let Some((found, value)) = self.find(name) else {
            return default;
        };
        if let Some((_, chosen)) = words.iter().find(|(word, _)| *word == value) {
            return *chosen;
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.refuse(
            found,
            format!("expected {}, not {value:?}", known.join(", ")),
        );
        default
    }

    /// Parts between commas, each read as a `T`.
    pub(crate) fn list<T: FromStr>(&mut self, name: &'static str, kind: &str) -> Vec<T> {
        let Some((found, value)) = self.find(name) else {
            return Vec::new();
        };
        let parts = value
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        parts
            .filter_map(|part| {
                let parsed = part.parse().ok();
                if parsed.is_none() {
                    self.refuse(found, format!("expected {kind}, not {part:?}"));
                }
                parsed
            })
            .collect()
    }

    /// A URL with one of these schemes.
    pub(crate) fn url(&mut self, name: &'static str, schemes: &[&str]) -> Option<Url> {
        let (found, value) = self.find(name)?;
        match Url::parse(value) {
            Ok(url) if schemes.contains(&url.scheme()) && url.has_host() => Some(url),
            _ => {
                // The value is not shown, it may hold a password.
                let wanted: Vec<String> = schemes.iter().map(|s| format!("{s}://…")).collect();
                self.refuse(found, format!("expected a URL {}", wanted.join(" or ")));
                None
            }
        }
    }

    /// Remarks to be logged.
    ///
    /// # Errors
    ///
    /// Everything that was noted as wrong.
    pub(crate) fn finish(self) -> Result<Vec<String>, ConfigError> {
        if self.problems.is_empty() {
            Ok(self.remarks)
        } else {
            Err(ConfigError(self.problems))
        }
    }
}

/// A year: far beyond every sensible interval, and safe to calculate with.
const MAX_MILLIS: u64 = 365 * 24 * 60 * 60 * 1000;
