//! Client credentials out of a request (RFC 6749 §2.3.1).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use agentidp_domain::token::{AuthenticatedClient, ClientCredentials, TokenError};
use agentidp_domain::validation::Violations;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

use crate::error::{ApiError, OAuthError};
use crate::input::Parameters;
use crate::pipeline::{limits, origin};
use crate::state::AppState;

/// What a request presents: nothing, or an id and a secret.
///
/// # Errors
///
/// `invalid_client` for an unreadable header; adds a problem when header and
/// body differ.
pub fn presented(
    request: &HttpRequest,
    parameters: &Parameters,
    problems: &mut Violations,
) -> Result<Option<ClientCredentials>, OAuthError> {
    let body_id = parameters.get("client_id");
    let body_secret = parameters.get("client_secret");
    if let Some(header) = basic_header(request) {
        let (id, secret) = decode(header).ok_or_else(OAuthError::invalid_client)?;
        if body_id.is_some_and(|body| body != id) {
            problems.add("client_id", "Differs from the Authorization header.");
        }
        if body_secret.is_some_and(|body| body != secret) {
            problems.add("client_secret", "Differs from the Authorization header.");
        }
        return Ok(Some(credentials(&id, &secret)));
    }
    Ok(body_id
        .zip(body_secret)
        .map(|(id, secret)| credentials(id, secret)))
}

fn credentials(id: &str, secret: &str) -> ClientCredentials {
    ClientCredentials {
        client_id: id.to_owned(),
        client_secret: SecretString::from(secret.to_owned()),
    }
}

fn basic_header(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, value) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("basic").then_some(value.trim())
}

/// Splits at the first colon; both parts are form-encoded.
fn decode(header: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(header).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |part: &str| crate::input::form_decode(part.as_bytes());
    Some((decode(id)?, decode(secret)?))
}

/// Authenticates a client; requests that fail are charged to their address.
///
/// # Errors
///
/// `invalid_client`, 429, 503.
pub async fn authenticate(
    request: &HttpRequest,
    state: &AppState,
    presented: Option<ClientCredentials>,
) -> Result<AuthenticatedClient, OAuthError> {
    let origin = origin::stored(request);
    let result = match presented {
        Some(credentials) => state.clients.authenticate(&credentials, &origin).await,
        None => Err(TokenError::InvalidClient),
    };
    match result {
        Ok(client) => {
            let reading = state.limits.charge_organization(&client.organization).await;
            limits::note(request, reading)?;
            Ok(client)
        }
        Err(error) => Err(charge_address(request, state, error.into()).await),
    }
}

/// Charges a request that ends before its client is authenticated to its
/// address: 429 instead of `error` when that bucket is exhausted.
pub async fn charge_address(
    request: &HttpRequest,
    state: &AppState,
    error: OAuthError,
) -> OAuthError {
    let origin = origin::stored(request);
    let reading = state.limits.charge_ip(&origin).await;
    limits::note(request, reading).map_or_else(|refusal: ApiError| refusal.into(), |()| error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_of_a_basic_header_are_form_decoded() {
        let header = STANDARD.encode("a%3Ab:c+d:e");
        assert_eq!(
            decode(&header),
            Some(("a:b".to_owned(), "c d:e".to_owned()))
        );
        assert_eq!(decode("%%%"), None);
        assert_eq!(decode(&STANDARD.encode("no colon")), None);
    }
}
