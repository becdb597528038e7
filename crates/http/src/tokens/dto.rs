//! OAuth 2.0 messages on the wire.

use agentidp_domain::token::{ACCESS_TOKEN_LIFETIME, Introspection, IssuedToken};
use serde::Serialize;
use utoipa::ToSchema;

/// Token request (RFC 6749 §4.4.2); the client may authenticate with HTTP
/// Basic instead of `client_id` and `client_secret`.
#[derive(ToSchema)]
#[schema(as = TokenRequest)]
#[expect(
    dead_code,
    reason = "describes the form, which is read parameter by parameter"
)]
pub struct TokenRequestBody {
    /// Always `client_credentials`.
    #[schema(example = "client_credentials")]
    grant_type: String,
    /// Id of the agent.
    #[schema(value_type = String, required = false)]
    client_id: Option<String>,
    /// Secret of one of its credentials.
    #[schema(value_type = String, required = false)]
    client_secret: Option<String>,
    /// Wanted scopes, separated by single spaces; all must be granted.
    #[schema(value_type = String, required = false, example = "agents:read audit:read")]
    scope: Option<String>,
    /// Echoed in the ID token.
    #[schema(value_type = String, required = false, max_length = 255)]
    nonce: Option<String>,
}

/// Introspection (RFC 7662 §2.1) or revocation (RFC 7009 §2.1) request.
#[derive(ToSchema)]
#[schema(as = TokenActionRequest)]
#[expect(
    dead_code,
    reason = "describes the form, which is read parameter by parameter"
)]
pub struct TokenActionBody {
    /// The token, at most 16 KiB.
    #[schema(max_length = 16384)]
    token: String,
    /// Accepted and ignored.
    #[schema(value_type = String, required = false)]
    token_type_hint: Option<String>,
    /// Id of the agent, without a Bearer token or HTTP Basic.
    #[schema(value_type = String, required = false)]
    client_id: Option<String>,
    /// Its secret.
    #[schema(value_type = String, required = false)]
    client_secret: Option<String>,
}

/// Token response (RFC 6749 §5.1).
#[derive(Serialize, ToSchema)]
#[schema(as = TokenResponse)]
pub struct TokenResponseBody {
    /// A signed JWT (RFC 9068).
    access_token: String,
    /// Always `Bearer`.
    #[schema(value_type = String, example = "Bearer")]
    token_type: &'static str,
    /// Lifetime in seconds.
    #[schema(example = 3600)]
    expires_in: u64,
    /// Granted scopes.
    #[schema(example = "agents:read")]
    scope: String,
    /// Only with the scope `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    id_token: Option<String>,
}

impl From<IssuedToken> for TokenResponseBody {
    fn from(token: IssuedToken) -> Self {
        Self {
            access_token: token.access_token,
            token_type: "Bearer",
            expires_in: ACCESS_TOKEN_LIFETIME.as_secs(),
            scope: token.scopes.to_string(),
            id_token: token.id_token,
        }
    }
}

/// Introspection response (RFC 7662 §2.2). An inactive token has `active`
/// and nothing else.
#[derive(Default, Serialize, ToSchema)]
#[schema(as = IntrospectionResponse)]
pub struct IntrospectionBody {
    /// Whether the API would accept the token now.
    active: bool,
    /// Issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    iss: Option<String>,
    /// Audience.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    aud: Option<String>,
    /// The agent, or `trust-policy:<id>` in bootstrap tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    sub: Option<String>,
    /// Equal to `sub`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    client_id: Option<String>,
    /// Scopes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    scope: Option<String>,
    /// Always `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    token_type: Option<&'static str>,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    iat: Option<i64>,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    exp: Option<i64>,
    /// Token id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Uuid, required = false)]
    jti: Option<String>,
    /// Organization of the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Uuid, required = false)]
    organization_id: Option<String>,
}

impl From<Introspection> for IntrospectionBody {
    fn from(introspection: Introspection) -> Self {
        let Introspection::Active(claims) = introspection else {
            return Self::default();
        };
        Self {
            active: true,
            iss: Some(claims.issuer),
            aud: Some(claims.audience),
            sub: Some(claims.subject.to_string()),
            client_id: Some(claims.subject.to_string()),
            scope: Some(claims.scopes.to_string()),
            token_type: Some("Bearer"),
            iat: Some(claims.issued_at),
            exp: Some(claims.expires_at),
            jti: Some(claims.token_id.to_string()),
            organization_id: claims.organization_id.map(|id| id.to_string()),
        }
    }
}

/// The empty answer of a revocation.
#[derive(Serialize, ToSchema)]
#[schema(as = RevocationResponse)]
pub struct RevocationBody {}
