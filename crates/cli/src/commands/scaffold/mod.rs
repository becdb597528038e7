//! `scaffold`.

mod target;
mod unpack;

use sentryagent_idp::AgentIdPError;
use serde::Serialize;

use crate::args::{Language, Scaffold};
use crate::config::Settings;
use crate::failure::{Failure, Outcome};
use crate::session::Session;
use crate::text;
use crate::ui::{Tone, Ui};
use target::Target;

/// What every language needs before the program can run.
const FILL_IN: &str = "Copy .env.example to .env and fill in your client secret";

/// What programs get.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Extracted<'a> {
    agent_id: &'a str,
    language: &'a str,
    directory: &'a str,
    next_steps: Vec<&'static str>,
}

/// Carries out the command.
pub(crate) async fn run(args: &Scaffold, settings: &Settings, ui: &Ui) -> Outcome<()> {
    let language = args.language.to_sdk();
    let session = Session::open(settings, &[])?;
    let agent_id = args.agent_id.as_str();
    let agent = ui.paint(Tone::Id, agent_id);
    ui.talk(format!(
        "Downloading {language} scaffold for agent {agent}..."
    ));
    let download = async {
        session.authenticate().await?;
        let scaffold = session.client().scaffold();
        let archive = scaffold.download_scaffold(agent_id, &language).await;
        archive.map_err(|error| refused(&session, &error))
    };
    let archive = ui.busy("Downloading", download).await?;
    if archive.is_empty() {
        return Err(Failure::new("Empty response body from server."));
    }
    let shown = args.out.display();
    let target =
        Target::prepare(&args.out).map_err(Failure::during(format!("{shown} cannot be used")))?;
    unpack::unpack(&archive, target.folder(), args.force)?;
    let path = target.keep().display().to_string();
    let steps = steps(args.language);
    let shown = ui.paint(Tone::Plain, &path);
    ui.talk(format!("Scaffold extracted to: {shown}"));
    ui.talk("");
    ui.talk(ui.paint(Tone::Label, "Next steps:"));
    ui.talk(format!("1. cd {shown}"));
    for (number, step) in (2..).zip(&steps) {
        ui.talk(format!("{number}. {step}"));
    }
    if ui.is_json() {
        ui.json(&Extracted {
            agent_id,
            language: language.as_str(),
            directory: &path,
            next_steps: steps,
        });
    }
    Ok(())
}

/// What to do after going into the folder.
fn steps(language: Language) -> Vec<&'static str> {
    match language {
        Language::TypeScript => vec!["npm install", FILL_IN, "npm run dev"],
        Language::Python => vec!["pip install -r requirements.txt", FILL_IN, "python main.py"],
        Language::Go => vec!["go mod download", FILL_IN, "go run main.go"],
        Language::Java => vec!["mvn install", FILL_IN, "mvn exec:java"],
        Language::Rust => vec![FILL_IN, "cargo run"],
    }
}

/// What the user is told when there is no archive.
fn refused(session: &Session, error: &AgentIdPError) -> Failure {
    let body = text::one_line(error.body().unwrap_or_default());
    let told = match error.http_status() {
        Some(400) => format!("Invalid request: {body}"),
        Some(401) => {
            "Authentication failed. Run `sentryagent configure` to update credentials.".to_owned()
        }
        Some(403) => "Access denied. You do not own this agent.".to_owned(),
        Some(404) => {
            "Agent not found. Check the agent ID with `sentryagent list-agents`.".to_owned()
        }
        _ => return session.failure("Server error", error),
    };
    Failure::new(told)
}
