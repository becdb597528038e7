//! Forms: bounded in size and time, and bound to the session. What a handler can
//! extract is a [`Form`] of a session, or a [`SignInForm`], which begins one; the
//! fields alone cannot be had.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{Error, FromRequest, HttpRequest, web};
use agentidp_http::{ApiError, AppState};
use secrecy::SecretString;
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

impl Fields {
    /// Reads the body of a request.
    ///
    /// # Errors
    ///
    /// 413, 415, or 400 for what is no form or does not arrive in time.
    fn read(
        request: &HttpRequest,
        payload: &mut Payload,
    ) -> impl Future<Output = Result<Self, ApiError>> + use<> {
        let form = web::Form::<Vec<(String, String)>>::from_request(request, payload);
        async move {
            match timeout(ARRIVAL, form).await {
                Ok(Ok(form)) => Ok(Self(form.into_inner())),
                Ok(Err(error)) => Err(unreadable(&error)),
                Err(_) => Err(invalid("The form did not arrive in time.")),
            }
        }
    }

    /// The value of a field; empty when absent.
    pub fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Takes the value of a field out; empty when absent.
    fn take(&mut self, name: &str) -> String {
        let found = self.0.iter_mut().find(|(known, _)| known == name);
        found.map_or_else(String::new, |(_, value)| std::mem::take(value))
    }
}

fn unreadable(error: &Error) -> ApiError {
    match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::unsupported_media_type(),
        _ => invalid("The form cannot be read."),
    }
}

fn invalid(message: &str) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
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
        let fields = Fields::read(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let visitor = Visitor::of(&request).await?;
            let area = Area::of(request.path());
            let failed = |error| Halt::Failed { area, error };
            let fields = fields.await.map_err(failed)?;
            let state = request.app_data::<web::Data<AppState>>();
            let genuine = state
                .is_some_and(|state| state.sessions.is_form_token(&visitor.id, fields.get(TOKEN)));
            if genuine {
                return Ok(Self { visitor, fields });
            }
            Err(failed(ApiError::forbidden(
                "This form does not belong to your session. Go back, load the page again and retry.",
            )))
        })
    }
}

/// The form to sign in, which carries no token: there is no session yet.
pub struct SignInForm {
    /// As it was typed in, without surrounding blanks.
    pub client_id: String,
    /// As it was typed in.
    pub client_secret: SecretString,
}

impl FromRequest for SignInForm {
    type Error = Halt;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let fields = Fields::read(request, payload);
        let area = Area::of(request.path());
        Box::pin(async move {
            let failed = |error| Halt::Failed { area, error };
            let mut fields = fields.await.map_err(failed)?;
            Ok(Self {
                client_id: fields.get("clientId").trim().to_owned(),
                client_secret: SecretString::from(fields.take("clientSecret")),
            })
        })
    }
}
