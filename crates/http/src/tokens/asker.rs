//! Who asks for an introspection or a revocation: a Bearer token or an
//! authenticated client; and the token asked about.

use actix_web::HttpRequest;
use agentidp_domain::token::{Asker, ClientCredentials, KnownToken};
use agentidp_domain::validation::Violations;

use crate::error::{ApiError, OAuthError};
use crate::input::{Parameters, RawBody, sized_token};
use crate::pipeline::{authorize, limits, metering, origin};
use crate::state::AppState;
use crate::tokens::client::{authenticate, charge_address, presented};

/// Authenticates the asker and looks at the token.
///
/// # Errors
///
/// 401 before 403 before 429 before 400, as on every route.
pub async fn admit(
    request: &HttpRequest,
    state: &AppState,
    body: RawBody,
) -> Result<(Asker, KnownToken), OAuthError> {
    if authorize::bearer(request).is_some() {
        return bearer(request, state, body).await;
    }
    let (parameters, problems, credentials) = match read_client(request, body) {
        Ok(read) => read,
        Err(error) => return Err(charge_address(request, state, error).await),
    };
    let client = authenticate(request, state, credentials).await?;
    let agent = client.agent();
    metering::note(request, agent.organization_id, Some(agent.agent_id));
    let token = token(&parameters, problems)?;
    let asker = Asker::Client(Box::new(client));
    let origin = origin::stored(request);
    let token = state.tokens.known_token(&asker, token, &origin).await?;
    Ok((asker, token))
}

async fn bearer(
    request: &HttpRequest,
    state: &AppState,
    body: RawBody,
) -> Result<(Asker, KnownToken), OAuthError> {
    let caller = match authorize::authenticate(request, state).await {
        Ok(principal) => principal.into_agent().map_err(ApiError::from)?,
        Err(error) => return Err(limits::charge_refusal(request, state, error).await.into()),
    };
    // Whether the call concerns the caller itself is known from the body; a
    // bad one is reported after policy and limit.
    let parameters = read(request, body);
    let asker = Asker::Bearer(caller.clone());
    let presented = parameters.as_ref().ok().and_then(|all| all.get("token"));
    let known = match presented {
        Some(token) => {
            let origin = origin::stored(request);
            state.tokens.known_token(&asker, token, &origin).await
        }
        None => Ok(KnownToken::default()),
    };
    // Where it cannot be said whose token it is, the request counts all the same.
    if let Ok(token) = &known {
        let own = token.is_of(caller.agent_id);
        authorize::require_policy(request, state, caller.scopes, own)?;
    }
    authorize::charge(request, state, caller.organization_id).await?;
    let known = known?;
    let parameters = parameters?;
    let problems = parameters.problems();
    token(&parameters, problems)?;
    Ok((asker, known))
}

/// Parameters, what is wrong with them, and the credentials among them.
fn read_client(
    request: &HttpRequest,
    body: RawBody,
) -> Result<(Parameters, Violations, Option<ClientCredentials>), OAuthError> {
    let parameters = read(request, body)?;
    let mut problems = parameters.problems();
    let credentials = presented(request, &parameters, &mut problems)?;
    Ok((parameters, problems, credentials))
}

fn read(request: &HttpRequest, body: RawBody) -> Result<Parameters, OAuthError> {
    let body = body.0.map_err(|error: ApiError| OAuthError::from(error))?;
    Parameters::read(request, &body)
}

fn token(parameters: &Parameters, mut problems: Violations) -> Result<&str, OAuthError> {
    let token = parameters.get("token");
    if problems.is_empty() && token.is_none() {
        return Err(OAuthError::invalid_request(
            "The 'token' field is required.",
        ));
    }
    if let Some(token) = token {
        problems.check("token", sized_token(token));
    }
    problems
        .into_result()
        .map_err(|problems| OAuthError::invalid_parameters(&problems))?;
    Ok(token.unwrap_or_default())
}
