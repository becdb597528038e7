//! `issue-token`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sentryagent_idp::{ExposeSecret, IssueTokenRequest, Token};
use serde::{Deserialize, Serialize};

use crate::args::IssueToken;
use crate::config::Settings;
use crate::dates;
use crate::failure::{Failure, Outcome};
use crate::prompt;
use crate::session::Session;
use crate::ui::{Tone, Ui};

/// What programs get.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Issued<'a> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: u64,
    expires_at: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    scope: &'a str,
}

/// Carries out the command.
pub(crate) async fn run(args: &IssueToken, settings: &Settings, ui: &Ui) -> Outcome<()> {
    let secret = if args.agent_id == settings.client_id {
        settings.client_secret.clone()
    } else if args.client_secret_stdin {
        prompt::read_secret()?
    } else {
        prompt::ask_secret(ui, "Client Secret: ")?
    };
    prompt::secret_not_empty(&secret)?;
    let session = Session::open_as(settings, &args.agent_id, secret, &[])?;
    let request = IssueTokenRequest::default();
    let oauth2 = session.client().oauth2();
    let issued = ui
        .busy("Issuing the token", oauth2.issue_token(&request))
        .await;
    let token = issued.map_err(|error| session.failure("Token issuance failed", &error))?;
    if subject(token.access_token.expose_secret()).as_deref() != Some(args.agent_id.as_str()) {
        return Err(Failure::new(
            "Token issuance failed: the server issued a token for another agent.",
        ));
    }
    show(&token, ui);
    Ok(())
}

fn show(token: &Token, ui: &Ui) {
    let issued = Issued {
        access_token: token.access_token.expose_secret(),
        token_type: &token.token_type,
        expires_in: token.expires_in,
        expires_at: dates::in_seconds(token.expires_in),
        scope: &token.scope,
    };
    if ui.is_json() {
        ui.json(&issued);
        return;
    }
    ui.success("Token issued successfully");
    ui.talk("");
    ui.talk(ui.paint(Tone::Label, "Access Token:"));
    ui.talk(ui.paint(Tone::Id, issued.access_token));
    ui.talk("");
    ui.labelled("Token Type:", Tone::Plain, issued.token_type);
    let expires_in = format!("{}s", issued.expires_in);
    ui.labelled("Expires In:", Tone::Plain, &expires_in);
    ui.labelled("Expires At:", Tone::Plain, &issued.expires_at);
    if !issued.scope.is_empty() {
        ui.labelled("Scope:", Tone::Plain, issued.scope);
    }
}

/// The claim `sub` of a JWT, which is not verified: it comes from the server
/// itself.
fn subject(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        sub: String,
    }
    let payload = token.split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    Some(claims.sub)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_of_a_token_is_read() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"iss":"x","sub":"agent-1"}"#);
        let token = format!("e30.{payload}.c2ln");
        assert_eq!(subject(&token).as_deref(), Some("agent-1"));
    }

    #[test]
    fn what_is_no_token_has_no_subject() {
        let number = URL_SAFE_NO_PAD.encode(r#"{"sub":7}"#);
        for text in ["", "opaque", "a.b.c", &format!("e30.{number}.x")] {
            assert_eq!(subject(text), None, "{text}");
        }
    }
}
