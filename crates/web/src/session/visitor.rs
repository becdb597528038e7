//! Who is behind a request for a page.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, web};
use agentidp_domain::caller::Caller;
use agentidp_domain::session::SessionId;
use agentidp_http::{ApiError, AppState};

use crate::fault::Halt;
use crate::session::{Area, cookie, provenance};

/// A visitor with a live session. Extracting one guards a handler.
pub struct Visitor {
    /// The session.
    pub id: SessionId,
    /// The signed-in agent, as use cases know callers.
    pub caller: Caller,
    /// What every form of the session carries.
    pub form_token: String,
}

impl FromRequest for Visitor {
    type Error = Halt;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Halt>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}

impl Visitor {
    /// The visitor behind a request, whose session goes on.
    ///
    /// # Errors
    ///
    /// The login page, the page that loads itself again, or 503.
    pub async fn of(request: &HttpRequest) -> Result<Self, Halt> {
        let area = Area::of(request.path());
        let failed = |error| Halt::Failed { area, error };
        let state = request
            .app_data::<web::Data<AppState>>()
            .ok_or_else(|| failed(ApiError::internal(&"no application state")))?;
        let Some(presented) = cookie::presented(request) else {
            return Err(without_cookie(request, area));
        };
        let expired = || sign_in(request, area, true);
        let id: SessionId = presented.parse().map_err(|_| expired())?;
        let resumed = state.sessions.resume(&id).await;
        let session = resumed.map_err(|error| failed(error.into()))?;
        let session = session.ok_or_else(expired)?;
        Ok(Self {
            form_token: state.sessions.form_token(&id),
            caller: session.caller(),
            id,
        })
    }
}

/// Browsers keep the cookie back when another site leads here; asked from the
/// own page they send it.
fn without_cookie(request: &HttpRequest, area: Area) -> Halt {
    if request.method() == Method::GET && provenance::is_cross_site(request) {
        let address = address(request);
        return Halt::Reload { area, address };
    }
    sign_in(request, area, false)
}

fn sign_in(request: &HttpRequest, area: Area, expired: bool) -> Halt {
    // Nothing but GET can be repeated after signing in.
    let next = match request.method() == Method::GET {
        true => address(request),
        false => area.base().to_owned(),
    };
    Halt::SignIn {
        area,
        next,
        expired,
    }
}

fn address(request: &HttpRequest) -> String {
    let path = request.uri().path_and_query();
    path.map_or_else(|| request.path().to_owned(), ToString::to_string)
}
