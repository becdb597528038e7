//! Who is behind a request for a page.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest};
use agentidp_domain::caller::Caller;
use agentidp_domain::session::SessionId;
use agentidp_http::AppState;

use crate::fault::Halt;
use crate::session::{Area, cookie, entry, provenance};

/// A visitor with a live session. Extracting one guards a handler.
#[derive(Clone)]
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
    type Future = Ready<Result<Self, Halt>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl Visitor {
    /// The visitor behind a request that has passed the gate.
    ///
    /// # Errors
    ///
    /// The login page, the page that loads itself again, or 503.
    pub fn of(request: &HttpRequest) -> Result<Self, Halt> {
        entry::visitor(request)
    }

    /// Looks for the session of a request, which goes on.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of).
    pub(super) async fn find(request: &HttpRequest, state: &AppState) -> Result<Self, Halt> {
        let area = Area::of(request.path());
        let Some(presented) = cookie::presented(request) else {
            return Err(without_cookie(request, area));
        };
        let expired = || sign_in(request, area, true);
        let id: SessionId = presented.parse().map_err(|_| expired())?;
        let resumed = state.sessions.resume(&id).await;
        let session = resumed.map_err(|error| Halt::Failed {
            area,
            error: error.into(),
        })?;
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
