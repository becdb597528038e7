//! Credentials on the wire.

use agentidp_domain::credential::{Credential, CredentialStatus, IssuedCredential};
use agentidp_domain::time::Timestamp;
use agentidp_domain::validation::Invalid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::input::{JsonBody, date_time};

/// A credential; its secret is never shown again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Credential)]
pub struct CredentialBody {
    /// Immutable id; survives rotation.
    #[schema(value_type = String, format = Uuid)]
    credential_id: String,
    /// The agent.
    #[schema(value_type = String, format = Uuid)]
    client_id: String,
    /// State; expiry does not change it.
    #[schema(value_type = String, example = "active", pattern = "^(active|revoked)$")]
    status: CredentialStatus,
    /// Creation of the record.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// End of validity; null without end.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    revoked_at: Option<Timestamp>,
}

impl From<Credential> for CredentialBody {
    fn from(credential: Credential) -> Self {
        Self {
            credential_id: credential.credential_id.to_string(),
            client_id: credential.agent_id.to_string(),
            status: credential.status,
            created_at: credential.created_at,
            expires_at: credential.expires_at,
            revoked_at: credential.revoked_at,
        }
    }
}

/// A credential with its secret, shown once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = IssuedCredential)]
pub struct IssuedCredentialBody {
    /// The record.
    #[serde(flatten)]
    credential: CredentialBody,
    /// The secret: `sk_live_` and 64 hex characters.
    #[schema(min_length = 72, max_length = 72, pattern = "^sk_live_[0-9a-f]{64}$")]
    client_secret: String,
}

impl From<IssuedCredential> for IssuedCredentialBody {
    fn from(issued: IssuedCredential) -> Self {
        Self {
            credential: issued.credential.into(),
            client_secret: issued.secret.expose().to_owned(),
        }
    }
}

/// Body of generate and rotate; may be left out.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CredentialRequest, example = json!({ "expiresAt": "2027-01-15T10:00:00.000Z" }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct CredentialRequestBody {
    /// End of validity, in the future; without it the credential does not
    /// expire.
    #[schema(value_type = Option<String>, format = DateTime, required = false)]
    expires_at: Option<String>,
}

/// Reads the wanted expiry.
///
/// # Errors
///
/// 400 for a time that is not in the future, or unknown fields.
pub fn expiry(body: JsonBody, now: Timestamp) -> Result<Option<Timestamp>, ApiError> {
    let mut reader = body.reader();
    let expires_at = reader.nullable("expiresAt", |value| {
        let time = date_time(value)?;
        if time > now {
            Ok(time)
        } else {
            Err(Invalid::new("Must be in the future."))
        }
    });
    reader.finish()?;
    Ok(expires_at)
}
