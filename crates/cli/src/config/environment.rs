//! Settings from environment variables.

use std::env;

use super::Partial;

const API_URL: &str = "SENTRYAGENT_API_URL";
const CLIENT_ID: &str = "SENTRYAGENT_CLIENT_ID";
const CLIENT_SECRET: &str = "SENTRYAGENT_CLIENT_SECRET";
const PROFILE: &str = "SENTRYAGENT_PROFILE";

/// What the environment says. An empty variable counts as unset.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    /// Server and credential.
    pub(crate) settings: Partial,
    /// Name of the profile.
    pub(crate) profile: Option<String>,
}

impl Environment {
    /// The environment of this process.
    pub(crate) fn of_process() -> Self {
        Self::from(|name| env::var(name).ok())
    }

    fn from(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name| variable(name).filter(|value: &String| !value.is_empty());
        Self {
            settings: Partial {
                api_url: value(API_URL),
                client_id: value(CLIENT_ID),
                client_secret: value(CLIENT_SECRET).map(Into::into),
            },
            profile: value(PROFILE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_variables_are_unset() {
        let environment = Environment::from(|name| match name {
            API_URL => Some("http://localhost:3000".to_owned()),
            CLIENT_ID => Some(String::new()),
            PROFILE => Some("staging".to_owned()),
            _ => None,
        });
        let settings = environment.settings;
        assert_eq!(settings.api_url.as_deref(), Some("http://localhost:3000"));
        assert_eq!(settings.client_id, None);
        assert!(settings.client_secret.is_none());
        assert_eq!(environment.profile.as_deref(), Some("staging"));
    }
}
