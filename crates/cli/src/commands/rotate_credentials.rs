//! `rotate-credentials`.

use sentryagent_idp::{
    Credential, CredentialRequest, CredentialStatus, CredentialWithSecret, ExposeSecret,
    ListCredentialsParams,
};
use serde::Serialize;
use serde_json::json;

use crate::args::RotateCredentials;
use crate::config::Settings;
use crate::dates;
use crate::failure::{Failure, Outcome};
use crate::prompt;
use crate::session::Session;
use crate::text;
use crate::ui::{Tone, Ui};

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// What programs get.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rotated<'a> {
    client_id: &'a str,
    credential_id: &'a str,
    client_secret: &'a str,
    rotated_at: String,
    expires_at: Option<&'a str>,
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
    let target = ui.busy("Looking up the credentials", target(&session, args));
    let target = target.await?;
    if !is_wanted(agent_id, target.lost.as_ref(), ui)? {
        ui.talk("Aborted.");
        if ui.is_json() {
            ui.json(&json!({ "aborted": true }));
        }
        return Ok(());
    }
    let expires_at = args.expires_in.map(in_days);
    let request = CredentialRequest { expires_at };
    let credentials = session.client().credentials();
    let doubt = doubt(agent_id);
    let call = credentials.rotate_credential(agent_id, &target.credential_id, &request);
    let call = session.change(call, &doubt);
    let made = ui.busy("Rotating the credential", call).await?;
    show(&made, ui);
    Ok(())
}

/// The credential to rotate.
struct Target {
    credential_id: String,
    /// What it has and the new secret will not have.
    lost: Option<LostEnd>,
}

/// An end of validity that the new secret will not have.
enum LostEnd {
    /// This one.
    At(String),
    /// Whether there is one is unknown, for this reason.
    Unknown(Failure),
}

/// The credential of the command line, else the only one there is. The one of
/// the command line needs no look-up, but what it tells of the end of validity;
/// when it is not active, that is the server's to refuse.
async fn target(session: &Session, args: &RotateCredentials) -> Outcome<Target> {
    let (agent_id, is_limited) = (args.agent_id.as_str(), args.expires_in.is_some());
    let Some(id) = &args.credential_id else {
        let active = active(session, agent_id).await?;
        let one = only(agent_id, &active)?;
        let end = one.expires_at.clone().filter(|_| !is_limited);
        return Ok(Target {
            credential_id: one.credential_id.clone(),
            lost: end.map(LostEnd::At),
        });
    };
    // Who gets no token rotates nothing.
    session.authenticate().await?;
    let lost = if is_limited {
        None
    } else {
        match active(session, agent_id).await {
            Ok(active) => end_of(id, &active).map(|end| LostEnd::At(end.to_owned())),
            Err(cause) => Some(LostEnd::Unknown(cause)),
        }
    };
    Ok(Target {
        credential_id: id.clone(),
        lost,
    })
}

/// Says what will happen, and asks.
fn is_wanted(agent_id: &str, lost: Option<&LostEnd>, ui: &Ui) -> Outcome<bool> {
    let agent = ui.paint_asked(Tone::Id, agent_id);
    ui.caution(&format!(
        "This will invalidate the current secret for agent {agent}"
    ));
    let remedy = "Use --expires-in <days> to give it an end.";
    match lost {
        Some(LostEnd::At(end)) => {
            let end = ui.paint_asked(Tone::Plain, &dates::local(end));
            ui.caution(&format!(
                "The credential expires at {end}; with the new secret it never will. {remedy}"
            ));
        }
        Some(LostEnd::Unknown(Failure::Error(cause) | Failure::Plain(cause))) => {
            let cause = ui.paint_asked(Tone::Plain, cause);
            ui.caution(&format!(
                "Whether the credential expires is unknown; with the new secret it never will. \
                 {remedy} The look-up failed: {cause}"
            ));
        }
        None => {}
    }
    let question = "This will invalidate the current secret. Continue? [y/N] ";
    Ok(is_yes(&prompt::ask(ui, question)?))
}

/// What to do when nobody knows whether there is a new secret.
fn doubt(agent_id: &str) -> String {
    format!(
        "In that case the old secret is dead and the new one is lost. Try the old one with \
         `sentryagent issue-token --agent-id {agent_id}`; if it is refused, rotate again with \
         a credential that works."
    )
}

/// So many days from now.
fn in_days(days: u32) -> String {
    dates::in_seconds(u64::from(days).saturating_mul(SECONDS_PER_DAY))
}

/// The end of validity of one of these credentials.
fn end_of<'a>(id: &str, active: &'a [Credential]) -> Option<&'a str> {
    let found = active
        .iter()
        .find(|credential| credential.credential_id == id)?;
    found.expires_at.as_deref()
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
fn only<'a>(agent_id: &str, active: &'a [Credential]) -> Outcome<&'a Credential> {
    match active {
        [one] => Ok(one),
        [] => Err(Failure::new(format!(
            "Agent {agent_id} has no active credential."
        ))),
        several => {
            let mut list = format!(
                "Agent {agent_id} has several active credentials. \
                 Choose one with --credential-id."
            );
            for credential in several {
                list.push('\n');
                list.push_str(&text::one_line(&credential.credential_id));
            }
            Err(Failure::new(list))
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
            expires_at: credential.expires_at.as_deref(),
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
    if let Some(end) = &credential.expires_at {
        ui.labelled("Expires at:", Tone::Dim, &dates::local(end));
    }
}

#[cfg(test)]
mod tests {
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
        let c1 = [credential("c1")];
        assert_eq!(only("a", &c1), Ok(&c1[0]));
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
    fn the_end_of_the_chosen_credential_is_known() {
        let mut limited = credential("c2");
        limited.expires_at = Some("2027-01-15T10:00:00.000Z".to_owned());
        let active = [credential("c1"), limited];
        assert_eq!(end_of("c1", &active), None);
        assert_eq!(end_of("c2", &active), Some("2027-01-15T10:00:00.000Z"));
        assert_eq!(end_of("c3", &active), None);
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
