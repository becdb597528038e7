//! Names of servers in the configuration file.

use super::Environment;
use crate::failure::{Failure, Outcome};

/// Name of the form without a name.
const DEFAULT: &str = "default";
/// Longest name, in bytes.
const MAX_NAME: usize = 64;

/// One of the servers in the configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// The fields at the top of the file.
    Default,
    /// The fields below `profiles` and this name.
    Named(String),
}

impl Profile {
    /// The profile of the flag, else of the environment, else the default one.
    pub(crate) fn choose(flag: Option<&str>, environment: &Environment) -> Outcome<Self> {
        match flag.or(environment.profile.as_deref()) {
            Some(name) => Self::named(name),
            None => Ok(Self::Default),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Default => DEFAULT,
            Self::Named(name) => name,
        }
    }

    fn named(name: &str) -> Outcome<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if name == DEFAULT {
            Ok(Self::Default)
        } else if !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(allowed) {
            Ok(Self::Named(name.to_owned()))
        } else {
            Err(Failure::new(format!(
                "Invalid profile name '{name}'. Use 1 to {MAX_NAME} letters, digits, '.', '_' or '-'."
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_over_the_environment() {
        let environment = Environment {
            profile: Some("b".to_owned()),
            ..Environment::default()
        };
        let named = |name: &str| Ok(Profile::Named(name.to_owned()));
        assert_eq!(Profile::choose(Some("a"), &environment), named("a"));
        assert_eq!(Profile::choose(None, &environment), named("b"));
        let nothing = Environment::default();
        assert_eq!(Profile::choose(None, &nothing), Ok(Profile::Default));
        assert_eq!(
            Profile::choose(Some("default"), &environment),
            Ok(Profile::Default)
        );
    }

    #[test]
    fn names_are_plain_words() {
        let long = "x".repeat(MAX_NAME + 1);
        for name in ["", "a b", "a/b", "é", long.as_str()] {
            assert!(Profile::named(name).is_err(), "{name}");
        }
        assert!(Profile::named("acme_eu-1.staging").is_ok());
    }
}
