//! Claims of access tokens (RFC 9068 §2.2) and ID tokens (OpenID Connect Core
//! §2).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::caller::Subject;
use crate::id::{AgentId, OrganizationId, TokenId};
use crate::scope::ScopeSet;

/// Lifetime of access and ID tokens.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// How far ahead a clock may have been before it is set back: revocations are
/// kept, and read at start, for so long after their tokens expired by it.
pub const CLOCK_MARGIN: Duration = Duration::from_secs(24 * 60 * 60);

/// The public base URL of the installation, without trailing slash: `iss` of
/// all tokens and `aud` of access tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

impl Issuer {
    /// Wraps a URL; a trailing slash is dropped.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self(url.trim_end_matches('/').to_owned())
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Claims of an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTokenClaims {
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
    /// `sub`, at once `client_id`. A token of a trust policy has the claim
    /// `token_use` with the value `bootstrap`, others have none.
    pub subject: Subject,
    /// `scope`.
    pub scopes: ScopeSet,
    /// `organization_id`; absent only in tokens we did not issue as such.
    pub organization_id: Option<OrganizationId>,
    /// `jti`.
    pub token_id: TokenId,
    /// `iat`, Unix seconds.
    pub issued_at: i64,
    /// `exp`, Unix seconds.
    pub expires_at: i64,
}

#[derive(Deserialize, Serialize)]
struct Wire<'a> {
    iss: std::borrow::Cow<'a, str>,
    aud: std::borrow::Cow<'a, str>,
    sub: Subject,
    client_id: Subject,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<OrganizationId>,
    jti: TokenId,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_use: Option<std::borrow::Cow<'a, str>>,
}

/// `token_use` of tokens with this subject.
const fn token_use(subject: Subject) -> Option<&'static str> {
    match subject {
        Subject::Agent(_) => None,
        Subject::TrustPolicy(_) => Some("bootstrap"),
    }
}

impl AccessTokenClaims {
    /// The JWT payload.
    ///
    /// # Errors
    ///
    /// Never for values of these types; the error is that of the serializer.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Wire {
            iss: self.issuer.as_str().into(),
            aud: self.audience.as_str().into(),
            sub: self.subject,
            client_id: self.subject,
            scope: self.scopes.to_string(),
            organization_id: self.organization_id,
            jti: self.token_id,
            iat: self.issued_at,
            exp: self.expires_at,
            token_use: token_use(self.subject).map(Into::into),
        })
    }

    /// Reads a payload whose signature was verified; `None` when it is not of
    /// this profile.
    #[must_use]
    pub fn from_json(payload: &[u8]) -> Option<Self> {
        let wire: Wire<'_> = serde_json::from_slice(payload).ok()?;
        let consistent =
            wire.sub == wire.client_id && wire.token_use.as_deref() == token_use(wire.sub);
        consistent.then_some(())?;
        Some(Self {
            issuer: wire.iss.into_owned(),
            audience: wire.aud.into_owned(),
            subject: wire.sub,
            scopes: wire.scope.parse().ok()?,
            organization_id: wire.organization_id,
            token_id: wire.jti,
            issued_at: wire.iat,
            expires_at: wire.exp,
        })
    }
}

/// Claims of an ID token.
#[derive(Clone, Debug, Serialize)]
pub struct IdTokenClaims<'a> {
    /// Issuer URL.
    pub iss: &'a str,
    /// Agent id.
    pub sub: AgentId,
    /// The requesting client.
    pub aud: AgentId,
    /// Unix seconds.
    pub iat: i64,
    /// Unix seconds.
    pub exp: i64,
    /// Type of the agent.
    pub agent_type: &'static str,
    /// Environment of the agent.
    pub deployment_env: &'static str,
    /// Its organization.
    pub organization_id: OrganizationId,
    /// Its decentralized identifier, once generated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub did: Option<&'a str>,
    /// `nonce` of the request, unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_round_trip_under_their_registered_names() {
        let claims = AccessTokenClaims {
            issuer: "https://idp.example".to_owned(),
            audience: "https://idp.example".to_owned(),
            subject: "11111111-1111-4111-8111-111111111111".parse().unwrap(),
            scopes: "agents:read audit:read".parse().unwrap(),
            organization_id: Some(OrganizationId::SYSTEM),
            token_id: "33333333-3333-4333-8333-333333333333".parse().unwrap(),
            issued_at: 1_000,
            expires_at: 4_600,
        };
        let json = claims.to_json().unwrap();
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let mut names: Vec<&str> = value
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "aud",
                "client_id",
                "exp",
                "iat",
                "iss",
                "jti",
                "organization_id",
                "scope",
                "sub"
            ]
        );
        assert_eq!(AccessTokenClaims::from_json(&json), Some(claims));
    }

    #[test]
    fn bootstrap_tokens_say_so_and_others_do_not() {
        let payload = |subject: &str, token_use: &str| {
            format!(
                r#"{{"iss":"i","aud":"i","sub":"{subject}","client_id":"{subject}","scope":"",
                "iat":0,"exp":1,"jti":"33333333-3333-4333-8333-333333333333"{token_use}}}"#
            )
        };
        let agent = "11111111-1111-4111-8111-111111111111";
        let policy = "trust-policy:11111111-1111-4111-8111-111111111111";
        let bootstrap = r#","token_use":"bootstrap""#;
        let read = |payload: String| AccessTokenClaims::from_json(payload.as_bytes());
        assert!(read(payload(agent, "")).is_some());
        assert_eq!(read(payload(agent, bootstrap)), None);
        assert_eq!(read(payload(policy, "")), None);
        assert_eq!(read(payload(policy, r#","token_use":"x""#)), None);
        let claims = read(payload(policy, bootstrap)).unwrap();
        assert_eq!(claims.subject.to_string(), policy);
        assert_eq!(claims.subject.agent(), None);
        let again = AccessTokenClaims::from_json(&claims.to_json().unwrap());
        assert_eq!(again, Some(claims));
    }

    #[test]
    fn a_subject_that_is_not_the_client_is_refused() {
        let payload = br#"{"iss":"i","aud":"i","sub":"11111111-1111-4111-8111-111111111111",
            "client_id":"22222222-2222-4222-8222-222222222222","scope":"","iat":0,"exp":1,
            "jti":"33333333-3333-4333-8333-333333333333"}"#;
        assert_eq!(AccessTokenClaims::from_json(payload), None);
    }
}
