//! `configure`: asks for server and credential, and keeps them.

use serde::Serialize;

use crate::config::{self, ConfigFile, Environment, Profile, Settings};
use crate::failure::{Failure, Outcome};
use crate::prompt;
use crate::ui::{Tone, Ui};

/// Length of the line below the title.
const RULE: usize = 40;

/// What programs get.
#[derive(Serialize)]
struct Configured<'a> {
    profile: &'a str,
    file: String,
    backup: Option<String>,
}

/// Carries out the command.
pub(crate) fn run(profile: Option<&str>, ui: &Ui) -> Outcome<()> {
    let profile = Profile::choose(profile, &Environment::of_process())?;
    let file = ConfigFile::of_user().ok_or_else(|| {
        Failure::new("There is no home directory to keep the configuration in. Set HOME.")
    })?;
    let path = file.path().display().to_string();
    // Before anybody answers questions in vain.
    file.content().map_err(Failure::during(format!(
        "{path} cannot be read, and is not overwritten"
    )))?;
    ui.talk(ui.paint(Tone::Label, "SentryAgent CLI Configuration"));
    ui.talk("─".repeat(RULE));
    let api_url = prompt::ask(ui, "API URL (e.g. https://api.sentryagent.ai): ")?;
    prompt::not_empty(&api_url, "API URL")?;
    config::refuse_user_information(&api_url)?;
    let client_id = prompt::ask(ui, "Client ID: ")?;
    prompt::not_empty(&client_id, "Client ID")?;
    let client_secret = prompt::ask_secret(ui, "Client Secret: ")?;
    prompt::secret_not_empty(&client_secret)?;
    let settings = Settings {
        api_url,
        client_id,
        client_secret,
    };
    let backup = file
        .store(&profile, &settings)
        .map_err(Failure::during(format!("{path} cannot be written")))?;
    let backup = backup.map(|kept| kept.display().to_string());
    if let Some(kept) = &backup {
        ui.warn(&format!(
            "What {path} held before was no configuration that can be read; it is kept in {kept}."
        ));
    }
    ui.talk("");
    ui.success("Configuration saved to ~/.sentryagent/config.json");
    if ui.is_json() {
        ui.json(&Configured {
            profile: profile.name(),
            file: path,
            backup,
        });
    }
    Ok(())
}
