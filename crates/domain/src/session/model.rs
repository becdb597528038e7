//! Sessions and the ids that browsers hold.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::caller::Caller;
use crate::credential::Selector;
use crate::id::{AgentId, CredentialId, OrganizationId, TokenId};
use crate::random::Random;
use crate::scope::ScopeSet;
use crate::time::Timestamp;
use crate::token::{ACCESS_TOKEN_LIFETIME, ClientRecord};

/// How long a session lasts without a request.
pub const SESSION_IDLE: Duration = Duration::from_secs(60 * 60);

/// How long a session lasts at most.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// How long a session does without its credential: as long as a token does.
const UNPROVED: Duration = ACCESS_TOKEN_LIFETIME;

/// Characters of 32 bytes in base64url without padding (RFC 4648 §5).
const TEXT_LENGTH: usize = 43;

/// Draws 256 random bits, as text of 43 characters.
pub(super) fn draw(random: &dyn Random) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    random.fill(bytes.as_mut_slice());
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}

/// Whether a text has the form of a drawn one.
pub(super) fn is_well_formed(text: &str) -> bool {
    text.len() == TEXT_LENGTH && URL_SAFE_NO_PAD.decode(text).map(Zeroizing::new).is_ok()
}

/// A text that is no id of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session id")]
pub struct InvalidSessionId;

/// Id of a session: 32 random bytes, written in base64url without padding. Who
/// has it is signed in, so it is never printed, logged or stored.
#[derive(Clone)]
pub struct SessionId(SecretString);

impl SessionId {
    /// Draws a new id.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        Self(SecretString::from(draw(random).as_str()))
    }

    /// The 43 characters, for the cookie of the browser and nothing else.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.expose_secret()
    }

    /// Under which key the session is stored.
    pub(super) fn key(&self) -> String {
        format!("session:{}", self.digest("agentidp session", ""))
    }

    /// Under which key a single-use token of a form is claimed.
    pub(super) fn claim_key(&self, token: &str) -> String {
        format!("session-form:{}", self.digest("agentidp single use", token))
    }

    /// The token that forms of the session carry; tells nothing of the id.
    pub(super) fn form_token(&self) -> String {
        self.digest("agentidp form", "")
    }

    /// Whether this is [`form_token`](Self::form_token); the time does not
    /// tell how much of it is right.
    pub(super) fn is_form_token(&self, presented: &str) -> bool {
        let expected = self.form_token();
        expected.as_bytes().ct_eq(presented.as_bytes()).into()
    }

    /// SHA-256 in hexadecimal over purpose, id and `more`. The id is random
    /// and always of the same length, so that nothing has two readings.
    fn digest(&self, purpose: &str, more: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(purpose.as_bytes());
        hash.update([0_u8]);
        hash.update(self.as_str().as_bytes());
        hash.update(more.as_bytes());
        hex::encode(hash.finalize())
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(…)")
    }
}

impl FromStr for SessionId {
    type Err = InvalidSessionId;

    fn from_str(text: &str) -> Result<Self, InvalidSessionId> {
        if is_well_formed(text) {
            Ok(Self(SecretString::from(text)))
        } else {
            Err(InvalidSessionId)
        }
    }
}

/// A signed-in agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The agent.
    pub agent_id: AgentId,
    /// Its organization.
    pub organization_id: OrganizationId,
    /// What it may do on the pages: of what it could when it signed in, that
    /// which is still in its grant.
    pub scopes: ScopeSet,
    /// The credential it signed in with.
    pub credential_id: CredentialId,
    /// Selector of the secret: another one after a rotation.
    pub selector: Selector,
    /// Stands for the session where a caller has the id of a token; random.
    pub token_id: TokenId,
    /// When it signed in, a full second.
    pub signed_in_at: Timestamp,
    /// When the session ends, however busy it is.
    pub expires_at: Timestamp,
}

/// A session as it is stored.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    agent_id: AgentId,
    organization_id: OrganizationId,
    scope: String,
    credential_id: CredentialId,
    selector: String,
    token_id: TokenId,
    signed_in_at: Timestamp,
    expires_at: Timestamp,
}

impl Session {
    /// The agent as use cases know it.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller {
            agent_id: self.agent_id,
            organization_id: self.organization_id,
            scopes: self.scopes,
            token_id: self.token_id,
        }
    }

    /// Whether the client as it is now may go on at `now`. In its first hour a
    /// session is like a token, which outlives a rotation; from then on it is
    /// as if a token had to be fetched, for which the secret must still be
    /// right.
    pub(super) fn is_proved(&self, client: &ClientRecord, now: Timestamp) -> bool {
        let proof = client.credential(&self.selector);
        let proof = proof.filter(|proof| proof.credential_id == self.credential_id);
        now < self.signed_in_at.plus(UNPROVED) || proof.is_some_and(|proof| proof.is_usable(now))
    }

    /// The same session with no more than the grant allows now.
    pub(super) fn within(mut self, grant: ScopeSet) -> Self {
        self.scopes = self.scopes.intersection(grant);
        self
    }

    /// The stored form.
    ///
    /// # Errors
    ///
    /// Never for values of these types; the error is that of the serializer.
    pub(super) fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Stored {
            agent_id: self.agent_id,
            organization_id: self.organization_id,
            scope: self.scopes.to_string(),
            credential_id: self.credential_id,
            selector: self.selector.as_str().to_owned(),
            token_id: self.token_id,
            signed_in_at: self.signed_in_at,
            expires_at: self.expires_at,
        })
    }

    /// Reads the stored form; `None` when it is not one.
    pub(super) fn from_json(text: &str) -> Option<Self> {
        let stored: Stored = serde_json::from_str(text).ok()?;
        Some(Self {
            agent_id: stored.agent_id,
            organization_id: stored.organization_id,
            scopes: stored.scope.parse().ok()?,
            credential_id: stored.credential_id,
            selector: Selector::from_stored(stored.selector),
            token_id: stored.token_id,
            signed_in_at: stored.signed_in_at,
            expires_at: stored.expires_at,
        })
    }
}

/// A session that has just begun.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// For the browser; the server does not keep it.
    pub id: SessionId,
    /// What is behind it.
    pub session: Session,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn session() -> Session {
        Session {
            agent_id: "11111111-1111-4111-8111-111111111111".parse().unwrap(),
            organization_id: OrganizationId::SYSTEM,
            scopes: "agents:read audit:read".parse().unwrap(),
            credential_id: "44444444-4444-4444-8444-444444444444".parse().unwrap(),
            selector: Selector::from_stored("0123456789abcdef".to_owned()),
            token_id: "33333333-3333-4333-8333-333333333333".parse().unwrap(),
            signed_in_at: "2026-03-28T09:00:00.000Z".parse().unwrap(),
            expires_at: "2026-03-28T21:00:00.000Z".parse().unwrap(),
        }
    }

    #[test]
    fn an_id_is_read_as_it_was_written_and_in_no_other_form() {
        let id = SessionId::generate(&SystemRandom);
        assert_eq!(id.as_str().len(), 43);
        let again: SessionId = id.as_str().parse().unwrap();
        assert_eq!(again.key(), id.key());
        let zero = "A".repeat(43);
        assert!(zero.parse::<SessionId>().is_ok());
        let (short, long) = ("A".repeat(42), "A".repeat(44));
        // The last one has bits that belong to no byte.
        let loose = format!("{}B", "A".repeat(42));
        for text in ["", &short, &long, &zero.replace('A', "+"), &loose] {
            assert!(text.parse::<SessionId>().is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_that_is_stored_printed_or_shown_tells_the_id() {
        let id = SessionId::generate(&SystemRandom);
        let token = draw(&SystemRandom);
        let derived = [
            id.key(),
            id.claim_key(&token),
            id.form_token(),
            format!("{id:?}"),
        ];
        for (index, text) in derived.iter().enumerate() {
            assert!(!text.contains(id.as_str()));
            assert!(!derived[..index].contains(text), "{text}");
        }
        assert!(!derived[1].contains(token.as_str()));
    }

    #[test]
    fn a_form_token_is_that_of_its_session() {
        let (id, other) = (
            SessionId::generate(&SystemRandom),
            SessionId::generate(&SystemRandom),
        );
        let token = id.form_token();
        assert!(id.is_form_token(&token));
        let longer = format!("{token}0");
        for wrong in ["", &other.form_token(), &longer, &token[..63], id.as_str()] {
            assert!(!id.is_form_token(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_session_is_read_as_it_was_stored() {
        let stored = session().to_json().unwrap();
        assert_eq!(Session::from_json(&stored), Some(session()));
        for damaged in [
            "",
            "null",
            "{}",
            &stored.replace("agents:read", "agents:all"),
            &stored.replace("expiresAt", "expires"),
        ] {
            assert_eq!(Session::from_json(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn a_caller_may_do_what_the_session_says() {
        let caller = session().caller();
        assert_eq!(caller.agent_id, session().agent_id);
        assert_eq!(caller.organization_id, session().organization_id);
        assert_eq!(caller.scopes, session().scopes);
        assert_eq!(caller.token_id, session().token_id);
    }
}
