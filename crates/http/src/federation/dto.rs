//! Partners and federated tokens on the wire; all names in snake_case.

use agentidp_domain::federation::{
    AllowedOrganizations, FederatedToken, NewPartner, Partner, PartnerName, PartnerPatch,
    PartnerStatus, PartnerUrls, VerificationRequest,
};
use agentidp_domain::time::Timestamp;
use agentidp_domain::validation::Invalid;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::input::{JsonBody, date_time, sized_token, string, strings, word};

/// A partner identity provider.
#[derive(Serialize, ToSchema)]
#[schema(as = FederationPartner)]
pub struct PartnerBody {
    /// Id.
    #[schema(format = Uuid)]
    id: String,
    /// Name.
    #[schema(value_type = String, example = "Partner Inc.")]
    name: PartnerName,
    /// `iss` of its tokens.
    #[schema(format = "uri", example = "https://idp.partner.example")]
    issuer: String,
    /// Its key set.
    #[schema(format = "uri", example = "https://idp.partner.example/jwks.json")]
    jwks_uri: String,
    /// Accepted values of `organization_id`; empty for all.
    #[schema(value_type = Vec<String>)]
    allowed_organizations: AllowedOrganizations,
    /// `active`, `suspended` or `expired`.
    #[schema(value_type = String, example = "active")]
    status: PartnerStatus,
    /// Registration.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    updated_at: Timestamp,
    /// End; null for never.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl PartnerBody {
    /// The wire form of a partner with its state at `now`.
    pub fn new(partner: Partner, now: Timestamp) -> Self {
        Self {
            status: partner.status(now),
            id: partner.partner_id.to_string(),
            name: partner.name,
            issuer: partner.issuer,
            jwks_uri: partner.jwks_uri,
            allowed_organizations: partner.allowed_organizations,
            created_at: partner.created_at,
            updated_at: partner.updated_at,
            expires_at: partner.expires_at,
        }
    }
}

/// Registration of a partner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegisterFederationPartner, example = json!({
        "name": "Partner Inc.", "issuer": "https://idp.partner.example",
        "jwks_uri": "https://idp.partner.example/jwks.json"
    }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct RegisterPartnerBody {
    /// Name.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// HTTPS URL, exactly as in the `iss` of its tokens.
    #[schema(format = "uri", max_length = 2048)]
    issuer: String,
    /// HTTPS URL of its key set, which must answer now.
    #[schema(format = "uri", max_length = 2048)]
    jwks_uri: String,
    /// Accepted values of `organization_id`; absent or empty for all.
    #[schema(value_type = Vec<String>, required = false, max_items = 1000)]
    allowed_organizations: Option<Vec<String>>,
    /// End, in the future; absent for never.
    #[schema(value_type = String, required = false, format = DateTime)]
    expires_at: Option<String>,
}

/// Partial update of a partner; at least one field.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateFederationPartner, example = json!({ "status": "suspended" }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct UpdatePartnerBody {
    /// Name.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 256)]
    name: Option<String>,
    /// HTTPS URL of its key set, which must answer now.
    #[schema(value_type = String, required = false, format = "uri", max_length = 2048)]
    jwks_uri: Option<String>,
    /// Accepted values of `organization_id`, replaced as a whole.
    #[schema(value_type = Vec<String>, required = false, max_items = 1000)]
    allowed_organizations: Option<Vec<String>>,
    /// Switches it off and on.
    #[schema(value_type = String, required = false, pattern = "^(active|suspended)$")]
    status: Option<String>,
    /// End; null removes it.
    #[schema(required = false, format = DateTime)]
    expires_at: Option<String>,
}

/// Reads a registration.
///
/// # Errors
///
/// 400 with every bad field.
pub fn new_partner(
    body: JsonBody,
    urls: &PartnerUrls,
    now: Timestamp,
) -> Result<NewPartner, ApiError> {
    let mut reader = body.reader();
    let name = reader.required("name", name);
    let issuer = reader.required("issuer", |value| urls.issuer(string(value)?));
    let jwks_uri = reader.required("jwks_uri", |value| urls.jwks_uri(string(value)?));
    let organizations = reader.optional("allowed_organizations", organizations);
    let expires_at = reader.nullable("expires_at", |value| {
        date_time(value).and_then(|end| {
            if end > now {
                Ok(end)
            } else {
                Err(Invalid::new("Must be in the future."))
            }
        })
    });
    reader.finish()?;
    let complete = (|| {
        Some(NewPartner {
            name: name?,
            issuer: issuer?,
            jwks_uri: jwks_uri?,
            allowed_organizations: organizations.unwrap_or_default(),
            expires_at,
        })
    })();
    complete.ok_or_else(|| ApiError::internal(&"a required field was lost"))
}

/// Reads an update.
///
/// # Errors
///
/// 400 with every bad field, or for an empty body.
pub fn partner_patch(body: JsonBody, urls: &PartnerUrls) -> Result<PartnerPatch, ApiError> {
    let mut reader = body.reader();
    if reader.is_empty() {
        reader.refuse("body", "Must contain at least one field.");
    }
    reader.immutable(&["id", "issuer", "created_at", "updated_at"]);
    let patch = PartnerPatch {
        name: reader.optional("name", name),
        jwks_uri: reader.optional("jwks_uri", |value| urls.jwks_uri(string(value)?)),
        allowed_organizations: reader.optional("allowed_organizations", organizations),
        suspended: reader.optional("status", suspended),
        expires_at: reader.optional("expires_at", |value| match value {
            Value::Null => Ok(None),
            value => date_time(value).map(Some),
        }),
    };
    reader.finish()?;
    Ok(patch)
}

fn name(value: &Value) -> Result<PartnerName, Invalid> {
    PartnerName::new(string(value)?)
}

fn organizations(value: &Value) -> Result<AllowedOrganizations, Invalid> {
    AllowedOrganizations::new(strings(value)?)
}

/// A state that can be set: `expired` follows from the expiry only.
fn suspended(value: &Value) -> Result<bool, Invalid> {
    match word(value) {
        Ok(PartnerStatus::Active) => Ok(false),
        Ok(PartnerStatus::Suspended) => Ok(true),
        Ok(PartnerStatus::Expired) | Err(_) => {
            Err(Invalid::new("Must be one of: active, suspended."))
        }
    }
}

/// A token to verify.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VerifyFederatedToken, example = json!({
        "token": "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln"
    }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct VerifyBody {
    /// The partner's JWT.
    #[schema(min_length = 1, max_length = 16384)]
    token: String,
    /// What its `iss` has to be.
    #[schema(value_type = String, required = false, format = "uri", max_length = 2048)]
    expected_issuer: Option<String>,
}

/// Reads a verification.
///
/// # Errors
///
/// 400 for a missing token, else with every bad field.
pub fn verification(body: JsonBody) -> Result<VerificationRequest, ApiError> {
    let mut reader = body.reader();
    let token = reader.essential("token")?;
    reader.check("token", sized_token(&token));
    let expected_issuer = reader.optional("expected_issuer", uri);
    reader.finish()?;
    Ok(VerificationRequest {
        token,
        expected_issuer,
    })
}

fn uri(value: &Value) -> Result<String, Invalid> {
    let text = string(value)?;
    if text.len() > 2048 || url::Url::parse(text).is_err() {
        return Err(Invalid::new("Must be an absolute URI."));
    }
    Ok(text.to_owned())
}

/// A trustworthy token.
#[derive(Serialize, ToSchema)]
#[schema(as = VerifiedFederatedToken)]
pub struct VerifiedBody {
    /// Always true.
    #[schema(example = true)]
    valid: bool,
    /// `iss`.
    #[schema(format = "uri")]
    issuer: String,
    /// `sub`.
    subject: String,
    /// `organization_id`, if the token has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    organization_id: Option<String>,
    /// The whole payload.
    #[schema(value_type = Object)]
    claims: Value,
}

impl From<FederatedToken> for VerifiedBody {
    fn from(token: FederatedToken) -> Self {
        Self {
            valid: true,
            issuer: token.issuer,
            subject: token.subject,
            organization_id: token.organization_id,
            claims: token.claims,
        }
    }
}
