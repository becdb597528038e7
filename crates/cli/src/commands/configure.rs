//! `configure`: asks for server and credential, and keeps them.

use crate::config::{ConfigFile, Environment, Profile, Settings};
use crate::failure::{Failure, Outcome};
use crate::prompt;
use crate::ui::{Tone, Ui};

/// Length of the line below the title.
const RULE: usize = 40;

/// Carries out the command.
pub(crate) fn run(profile: Option<&str>, ui: &Ui) -> Outcome<()> {
    let profile = Profile::choose(profile, &Environment::of_process())?;
    let file = ConfigFile::of_user().ok_or_else(|| {
        Failure::new("There is no home directory to keep the configuration in. Set HOME.")
    })?;
    ui.talk(ui.paint(Tone::Label, "SentryAgent CLI Configuration"));
    ui.talk("─".repeat(RULE));
    let api_url = prompt::ask(ui, "API URL (e.g. https://api.sentryagent.ai): ")?;
    prompt::not_empty(&api_url, "API URL")?;
    let client_id = prompt::ask(ui, "Client ID: ")?;
    prompt::not_empty(&client_id, "Client ID")?;
    let client_secret = prompt::ask_secret(ui, "Client Secret: ")?;
    prompt::secret_not_empty(&client_secret)?;
    let settings = Settings {
        api_url,
        client_id,
        client_secret,
    };
    let path = file.path().display();
    file.store(&profile, &settings)
        .map_err(Failure::during(format!("{path} cannot be written")))?;
    ui.talk("");
    ui.success("Configuration saved to ~/.sentryagent/config.json");
    Ok(())
}
