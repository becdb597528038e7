//! Which server, and with which credential: environment, configuration file.

mod environment;
mod file;
mod profile;

pub(crate) use environment::Environment;
pub(crate) use file::ConfigFile;
pub(crate) use profile::Profile;

use sentryagent_idp::SecretString;

use crate::failure::{Failure, Outcome};
use crate::ui::Ui;

/// A server and a credential for it.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Origin of the server, or where its API lies.
    pub(crate) api_url: String,
    /// Id of the agent.
    pub(crate) client_id: String,
    /// Its secret.
    pub(crate) client_secret: SecretString,
}

/// What one source says; fields that are missing come from another one.
#[derive(Debug, Default)]
pub(crate) struct Partial {
    /// `apiUrl`.
    pub(crate) api_url: Option<String>,
    /// `clientId`.
    pub(crate) client_id: Option<String>,
    /// `clientSecret`.
    pub(crate) client_secret: Option<SecretString>,
}

impl Partial {
    /// These fields, the missing ones from `other`.
    fn or(self, other: Self) -> Self {
        Self {
            api_url: self.api_url.or(other.api_url),
            client_id: self.client_id.or(other.client_id),
            client_secret: self.client_secret.or(other.client_secret),
        }
    }

    /// Whether no other source is needed.
    fn is_complete(&self) -> bool {
        self.api_url.is_some() && self.client_id.is_some() && self.client_secret.is_some()
    }

    fn complete(self) -> Option<Settings> {
        Some(Settings {
            api_url: self.api_url?,
            client_id: self.client_id?,
            client_secret: self.client_secret?,
        })
    }
}

/// The settings for this run: those of a profile named on the command line, else
/// the environment before the file, which is not looked at when the environment
/// says everything.
pub(crate) fn load(ui: &Ui, flag: Option<&str>) -> Outcome<Settings> {
    let environment = Environment::of_process();
    let profile = Profile::choose(flag, &environment)?;
    // Whoever names a profile means its server, whatever the shell has exported.
    let mut found = match flag {
        Some(_) => Partial::default(),
        None => environment.settings,
    };
    if !found.is_complete()
        && let Some(file) = ConfigFile::of_user()
    {
        if file.is_readable_by_others() {
            ui.warn(&format!(
                "{} can be read by other users of this machine; run `chmod 600` on it.",
                file.path().display()
            ));
        }
        found = found.or(file.read(&profile));
    }
    found.complete().ok_or_else(|| not_configured(&profile))
}

/// Refuses an API URL with a user name or a password, and does not repeat it:
/// URLs are shown. A password may hold anything, so that there is no telling
/// where it ends; the origin of a server has no `@` at all.
pub(crate) fn refuse_user_information(api_url: &str) -> Outcome<()> {
    if api_url.contains('@') {
        return Err(Failure::new(
            "The API URL must not hold a user name or a password ('@'). Give the origin of the \
             server, such as https://api.sentryagent.ai, to `sentryagent configure` or in \
             SENTRYAGENT_API_URL.",
        ));
    }
    Ok(())
}

fn not_configured(profile: &Profile) -> Failure {
    Failure::Plain(match profile {
        Profile::Default => "Not configured. Run `sentryagent configure` first.".to_owned(),
        Profile::Named(name) => format!(
            "Profile '{name}' is not configured. Run `sentryagent configure --profile {name}` first."
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_are_missing_come_from_the_next_source() {
        let first = Partial {
            api_url: Some("a".to_owned()),
            ..Partial::default()
        };
        assert!(!first.is_complete());
        let second = Partial {
            api_url: Some("b".to_owned()),
            client_id: Some("c".to_owned()),
            client_secret: Some("d".into()),
        };
        let both = first.or(second).complete().unwrap();
        assert_eq!((both.api_url.as_str(), both.client_id.as_str()), ("a", "c"));
        assert!(Partial::default().complete().is_none());
    }

    #[test]
    fn urls_with_a_user_are_refused_whatever_the_password() {
        for url in [
            "https://user@h",
            "https://user:hunter2@h/api/v1",
            "https://user:hun/ter2@h",
            "user:hunter2@h",
        ] {
            let Err(Failure::Error(text)) = refuse_user_information(url) else {
                panic!("accepted: {url}");
            };
            assert!(!text.contains("ter2") && !text.contains("user:"), "{text}");
        }
        for url in ["https://api.example:8443/idp/v1", "localhost"] {
            assert_eq!(refuse_user_information(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_to_do_is_said_with_the_name_of_the_profile() {
        let Failure::Plain(text) = not_configured(&Profile::Named("x".to_owned())) else {
            panic!("with a prefix");
        };
        assert!(
            text.contains("`sentryagent configure --profile x`"),
            "{text}"
        );
        let plain = Failure::Plain("Not configured. Run `sentryagent configure` first.".to_owned());
        assert_eq!(not_configured(&Profile::Default), plain);
    }
}
