//! Signing in and out; one component for both sites.

use actix_web::http::header::SET_COOKIE;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use agentidp_domain::token::{ClientCredentials, TokenError};
use agentidp_http::{ApiError, AppState, origin_of};
use askama::Template;

use crate::fault::{bare, with_retry};
use crate::notice::Notice;
use crate::page::{ok, page, see_other};
use crate::query::Query;
use crate::session::area::NEXT;
use crate::session::{Area, Form, SignInForm, cookie, provenance};
use crate::shell::Shell;

const INVALID: &str = "Invalid credentials. Please check your Client ID and secret.";

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    shell: Shell,
    action: String,
    subtitle: String,
    api_url: &'a str,
    client_id: &'a str,
    error: Option<String>,
    hint: Option<String>,
}

impl<'a> LoginPage<'a> {
    fn new(area: Area, state: &'a AppState, next: &str) -> Self {
        let action = match area {
            Area::Dashboard => area.login().to_owned(),
            Area::Portal => Query::link(area.login(), &[(NEXT, next)]),
        };
        Self {
            shell: Shell::bare(area),
            action,
            subtitle: format!("{} — Sign In", area.name()),
            api_url: state.settings.issuer.as_str(),
            client_id: "",
            error: None,
            hint: None,
        }
    }
}

/// The form to sign in.
#[get("/login")]
pub async fn show(request: HttpRequest, state: web::Data<AppState>) -> HttpResponse {
    let query = Query::read(&request);
    let area = Area::of(request.path());
    let mut view = LoginPage::new(area, &state, query.get(NEXT));
    view.shell.notice = Notice::of(&query);
    ok(&view)
}

/// Signs in: checks id and secret as the token endpoint does, and begins a
/// session.
#[post("/login")]
pub async fn submit(
    request: HttpRequest,
    state: web::Data<AppState>,
    form: SignInForm,
) -> HttpResponse {
    let area = Area::of(request.path());
    let query = Query::read(&request);
    let mut view = LoginPage::new(area, &state, query.get(NEXT));
    view.client_id = &form.client_id;
    // There is no session yet whose token the form could carry.
    if provenance::is_foreign(&request) {
        let error = ApiError::forbidden("Please sign in from this page.");
        return refused(view, error);
    }
    let credentials = ClientCredentials {
        client_id: form.client_id.clone(),
        client_secret: form.client_secret.clone(),
    };
    let origin = origin_of(&request);
    match state.sessions.sign_in(&credentials, &origin).await {
        Ok(signed_in) => {
            // Overwritten in the browser, nobody could end it any more.
            let before = cookie::presented(&request).and_then(|id| id.parse().ok());
            if let Some(before) = before
                && let Err(error) = state.sessions.sign_out(&before).await
            {
                return refused(view, error.into());
            }
            let mut response = see_other(&area.after_login(query.get(NEXT)));
            set_cookie(
                &mut response,
                &cookie::beginning(&signed_in.id, &state.settings),
            );
            response
        }
        Err(error) => refused(view, refusal(error)),
    }
}

/// Signs out.
#[post("/logout")]
pub async fn leave(request: HttpRequest, state: web::Data<AppState>, form: Form) -> HttpResponse {
    let area = Area::of(request.path());
    if let Err(error) = state.sessions.sign_out(&form.visitor.id).await {
        return bare(area, &error.into());
    }
    let mut response = see_other(&Notice::SIGNED_OUT.at(area.login()));
    set_cookie(&mut response, &cookie::ending(&state.settings));
    response
}

fn set_cookie(response: &mut HttpResponse, cookie: &str) {
    if let Ok(value) = cookie.parse() {
        response.headers_mut().insert(SET_COOKIE, value);
    }
}

/// Every way to be the wrong client has the same words.
fn refusal(error: TokenError) -> ApiError {
    match error {
        TokenError::TooManyFailures(reading) => ApiError::rate_limited(reading),
        TokenError::Busy => ApiError::unavailable(&error),
        TokenError::Store(error) => error.into(),
        TokenError::Sign(error) => ApiError::internal(&error),
        TokenError::InvalidClient
        | TokenError::ScopeNotGranted(_)
        | TokenError::AgentSuspended
        | TokenError::AgentDecommissioned
        | TokenError::OrganizationInactive
        | TokenError::LimitReached { .. }
        | TokenError::NotOwner
        | TokenError::MissingScope => ApiError::forbidden(INVALID),
    }
}

/// When to come again, after too many failures.
fn hint(error: &ApiError) -> Option<String> {
    Some(match error.limit?.retry_after {
        1 => "You can try again in a second.".to_owned(),
        seconds => format!("You can try again in {seconds} seconds."),
    })
}

/// The form again, without the secret.
fn refused(mut view: LoginPage<'_>, error: ApiError) -> HttpResponse {
    view.hint = hint(&error);
    view.error = Some(error.body.message.clone());
    with_retry(page(error.status, &view), &error)
}
