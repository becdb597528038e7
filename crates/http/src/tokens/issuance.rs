//! `POST /api/v1/token` and its alias `POST /oauth2/token`.

use actix_web::{HttpRequest, HttpResponse, post, web};
use agentidp_domain::scope::ScopeSet;
use agentidp_domain::token::{ClientCredentials, IssueRequest};

use crate::error::OAuthError;
use crate::input::{Parameters, RawBody};
use crate::openapi::responses::OAuth;
use crate::pipeline::origin;
use crate::state::AppState;
use crate::tokens::client::{authenticate, charge_address, presented};
use crate::tokens::dto::{TokenRequestBody, TokenResponseBody};
use crate::tokens::uncached;

/// Issue a token
///
/// Client-credentials grant (RFC 6749 §4.4). Without `scope` the token carries
/// `agents:read` if granted, else the whole grant.
#[utoipa::path(
    operation_id = "issueToken",
    tag = "oauth2-token",
    request_body(content(
        (TokenRequestBody = "application/x-www-form-urlencoded"),
        (TokenRequestBody = "application/json"),
    )),
    responses(
        (status = 200, description = "The token.", body = TokenResponseBody),
        OAuth,
    ),
    security((), ("basic" = []))
)]
#[post("/token")]
pub async fn issue(
    request: HttpRequest,
    state: web::Data<AppState>,
    body: RawBody,
) -> HttpResponse {
    uncached(answer(&request, &state, body).await)
}

/// Issue a token (alias)
///
/// Identical to `POST /api/v1/token`.
#[utoipa::path(
    operation_id = "issueTokenAlias",
    tag = "oauth2-token",
    request_body(content(
        (TokenRequestBody = "application/x-www-form-urlencoded"),
        (TokenRequestBody = "application/json"),
    )),
    responses(
        (status = 200, description = "The token.", body = TokenResponseBody),
        OAuth,
    ),
    security((), ("basic" = []))
)]
#[post("/oauth2/token")]
pub async fn issue_alias(
    request: HttpRequest,
    state: web::Data<AppState>,
    body: RawBody,
) -> HttpResponse {
    uncached(answer(&request, &state, body).await)
}

async fn answer(
    request: &HttpRequest,
    state: &AppState,
    body: RawBody,
) -> Result<HttpResponse, OAuthError> {
    let origin = origin::stored(request);
    let room = state.limits.peek_ip(&origin).await;
    if let Some(reading) = room.filter(|reading| !reading.allowed) {
        return Err(OAuthError::rate_limited(reading));
    }
    let (wish, credentials) = match read(request, body) {
        Ok(read) => read,
        Err(error) => return Err(charge_address(request, state, error).await),
    };
    let client = authenticate(request, state, credentials).await?;
    let token = state.tokens.issue(&client, &wish, &origin).await?;
    Ok(HttpResponse::Ok().json(TokenResponseBody::from(token)))
}

/// Everything that can be said about a request without knowing its client.
fn read(
    request: &HttpRequest,
    body: RawBody,
) -> Result<(IssueRequest, Option<ClientCredentials>), OAuthError> {
    let body = body.0?;
    let parameters = Parameters::read(request, &body)?;
    let mut problems = parameters.problems();
    let repeated = |name: &str| problems.as_slice().iter().any(|p| p.field == name);
    match parameters.get("grant_type") {
        None if !repeated("grant_type") => {
            return Err(OAuthError::invalid_request(
                "The 'grant_type' field is required.",
            ));
        }
        Some("client_credentials") | None => {}
        Some(_) => {
            return Err(OAuthError::bad_request(
                "unsupported_grant_type",
                "Only the grant type 'client_credentials' is supported.",
            ));
        }
    }
    let credentials = presented(request, &parameters, &mut problems)?;
    let nonce = parameters.get("nonce").map(str::to_owned);
    if nonce
        .as_ref()
        .is_some_and(|nonce| nonce.chars().count() > 255)
    {
        problems.add("nonce", "Must have between 1 and 255 characters.");
    }
    let scope = parameters.get("scope");
    if scope.is_some_and(|scope| !is_scope_list(scope)) {
        problems.add("scope", "Must be scope names separated by single spaces.");
    }
    problems
        .into_result()
        .map_err(|problems| OAuthError::invalid_parameters(&problems))?;
    let scopes = scope.map(known_scopes).transpose()?;
    Ok((IssueRequest { scopes, nonce }, credentials))
}

/// `scope-token *( SP scope-token )` (RFC 6749 §3.3).
fn is_scope_list(scope: &str) -> bool {
    scope.split(' ').all(|token| {
        !token.is_empty()
            && token
                .bytes()
                .all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
    })
}

fn known_scopes(scope: &str) -> Result<ScopeSet, OAuthError> {
    scope.parse().map_err(|_| {
        OAuthError::bad_request("invalid_scope", "At least one requested scope is unknown.")
    })
}
