//! `rotate-credentials`.

use sentryagent_idp::{
    Credential, CredentialRequest, CredentialStatus, CredentialWithSecret, ExposeSecret,
    ListCredentialsParams,
};
use serde::Serialize;

use crate::args::RotateCredentials;
use crate::config::Settings;
use crate::dates;
use crate::failure::{Failure, Outcome};
use crate::prompt;
use crate::session::Session;
use crate::ui::{Tone, Ui};

/// What programs get.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rotated<'a> {
    client_id: &'a str,
    credential_id: &'a str,
    client_secret: &'a str,
    rotated_at: String,
}

/// Carries out the command.
pub(crate) async fn run(args: &RotateCredentials, settings: &Settings, ui: &Ui) -> Outcome<()> {
    let agent_id = args.agent_id.as_str();
    // An agent needs no scope for its own credentials, and may not have these.
    let scopes: &[&str] = if agent_id == settings.client_id {
        &[]
    } else {
        &["agents:read", "agents:write"]
    };
    let session = Session::open(settings, scopes)?;
    let credential = match &args.credential_id {
        Some(id) => id.clone(),
        None => {
            let active = ui.busy("Looking up the credentials", active(&session, agent_id));
            only(agent_id, &active.await?)?
        }
    };
    let mark = ui.paint(Tone::Warning, "⚠");
    let agent = ui.paint(Tone::Id, agent_id);
    ui.talk(format!(
        "{mark} This will invalidate the current secret for agent {agent}"
    ));
    let question = "This will invalidate the current secret. Continue? [y/N] ";
    if !is_yes(&prompt::ask(ui, question)?) {
        ui.talk("Aborted.");
        return Ok(());
    }
    let request = CredentialRequest::default();
    let credentials = session.client().credentials();
    let call = session.call(credentials.rotate_credential(agent_id, &credential, &request));
    let made = ui.busy("Rotating the credential", call).await?;
    show(&made, ui);
    Ok(())
}

/// The active credentials of an agent; they fit on one page.
async fn active(session: &Session, agent_id: &str) -> Outcome<Vec<Credential>> {
    let params = ListCredentialsParams {
        status: Some(CredentialStatus::Active),
        ..ListCredentialsParams::default()
    };
    let credentials = session.client().credentials();
    let call = session.call(credentials.list_credentials(agent_id, &params));
    Ok(call.await?.data)
}

/// The one credential there is.
fn only(agent_id: &str, active: &[Credential]) -> Outcome<String> {
    match active {
        [one] => Ok(one.credential_id.clone()),
        [] => Err(Failure::new(format!(
            "Agent {agent_id} has no active credential."
        ))),
        several => {
            let mut text = format!(
                "Agent {agent_id} has several active credentials. \
                 Choose one with --credential-id."
            );
            for credential in several {
                text.push('\n');
                text.push_str(&credential.credential_id);
            }
            Err(Failure::new(text))
        }
    }
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.to_lowercase().as_str())
}

fn show(made: &CredentialWithSecret, ui: &Ui) {
    let rotated_at = dates::now();
    let credential = &made.credential;
    let secret = made.client_secret.expose_secret();
    if ui.is_json() {
        ui.json(&Rotated {
            client_id: &credential.client_id,
            credential_id: &credential.credential_id,
            client_secret: secret,
            rotated_at,
        });
        return;
    }
    ui.success("Credentials rotated successfully");
    ui.talk("");
    ui.labelled("Client ID:", Tone::Id, &credential.client_id);
    ui.labelled("Client Secret:", Tone::Secret, secret);
    ui.talk("");
    ui.talk("Store the new client secret securely — it will not be shown again.");
    ui.labelled("Rotated at:", Tone::Dim, &dates::local(&rotated_at));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn credential(id: &str) -> Credential {
        let document = json!({
            "credentialId": id, "clientId": "agent", "status": "active",
            "createdAt": "2026-01-15T10:00:00.000Z", "expiresAt": null, "revokedAt": null,
        });
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn the_only_credential_is_taken() {
        assert_eq!(only("a", &[credential("c1")]), Ok("c1".to_owned()));
        let none = Failure::new("Agent a has no active credential.");
        assert_eq!(only("a", &[]), Err(none));
    }

    #[test]
    fn of_several_the_user_has_to_choose() {
        let several = Failure::new(
            "Agent a has several active credentials. Choose one with --credential-id.\nc1\nc2",
        );
        let both = [credential("c1"), credential("c2")];
        assert_eq!(only("a", &both), Err(several));
    }

    #[test]
    fn only_a_yes_goes_on() {
        for yes in ["y", "Y", "yes", "YES", "Yes"] {
            assert!(is_yes(yes), "{yes}");
        }
        for no in ["", "n", "no", "ye", "yess", "yy", "1"] {
            assert!(!is_yes(no), "{no}");
        }
    }
}
