//! Forms: bounded in size and time, and bound to the session.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use agentidp_http::{ApiError, AppState};
use tokio::time::timeout;

use crate::fault::Halt;
use crate::session::{Area, Visitor};

/// Time in which a form has to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// Name of the field with the token of the session.
const TOKEN: &str = "csrf";

/// The fields of a form of at most 16 KiB.
#[derive(Default)]
pub struct Fields(Vec<(String, String)>);

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Halt>>>>;

impl FromRequest for Fields {
    type Error = Halt;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let area = Area::of(request.path());
        let form = web::Form::<Vec<(String, String)>>::from_request(request, payload);
        Box::pin(async move {
            let form = timeout(ARRIVAL, form).await.ok().and_then(Result::ok);
            let unreadable = || Halt::Failed {
                area,
                error: ApiError::new(
                    StatusCode::BAD_REQUEST,
                    "VALIDATION_ERROR",
                    "The form cannot be read.",
                ),
            };
            form.map(|form| Self(form.into_inner()))
                .ok_or_else(unreadable)
        })
    }
}

impl Fields {
    /// The value of a field; empty when absent.
    pub fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// A form that a page of the visitor's session has sent.
pub struct Form {
    /// Who sends it.
    pub visitor: Visitor,
    /// What it says.
    pub fields: Fields,
}

impl FromRequest for Form {
    type Error = Halt;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let fields = Fields::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let visitor = Visitor::of(&request).await?;
            let fields = fields.await?;
            let state = request.app_data::<web::Data<AppState>>();
            let genuine = state
                .is_some_and(|state| state.sessions.is_form_token(&visitor.id, fields.get(TOKEN)));
            if genuine {
                return Ok(Self { visitor, fields });
            }
            let area = Area::of(request.path());
            let error = ApiError::forbidden(
                "This form does not belong to your session. Go back, load the page again and retry.",
            );
            Err(Halt::Failed { area, error })
        })
    }
}
