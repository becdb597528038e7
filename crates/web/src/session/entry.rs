//! What every request for a page passes first: whose it is. Style sheets and
//! scripts stand before the gate.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, ResponseError, web};
use agentidp_http::{ApiError, AppState};

use crate::fault::Halt;
use crate::session::{Area, Visitor};

/// The visitor behind a request, or what happens to pages that need one.
struct Known(Result<Visitor, Halt>);

/// Wraps all pages of a site and finds the session of a request once.
///
/// # Errors
///
/// Those of inner layers that are no responses.
pub async fn gate<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    match enter(request.request()).await {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(halt) => {
            let response = request.into_response(halt.error_response());
            Ok(response.map_into_right_body())
        }
    }
}

async fn enter(request: &HttpRequest) -> Result<(), Halt> {
    let area = Area::of(request.path());
    let state = request
        .app_data::<web::Data<AppState>>()
        .ok_or_else(|| Halt::Failed {
            area,
            error: ApiError::internal(&"no application state"),
        })?;
    let visitor = Visitor::find(request, state).await;
    request.extensions_mut().insert(Known(visitor));
    Ok(())
}

/// The visitor that the gate has let in. Fails closed should a page ever stand
/// outside.
///
/// # Errors
///
/// The login page, the page that loads itself again, or 503.
pub fn visitor(request: &HttpRequest) -> Result<Visitor, Halt> {
    let extensions = request.extensions();
    match extensions.get::<Known>() {
        Some(Known(visitor)) => visitor.clone(),
        None => Err(Halt::Failed {
            area: Area::of(request.path()),
            error: ApiError::internal(&"a page outside of the gate"),
        }),
    }
}
