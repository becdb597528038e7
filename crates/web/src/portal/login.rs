//! Signing in and out, as on the dashboard.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use agentidp_http::AppState;

use crate::session::{Fields, Form, login};

/// The form.
#[get("/login")]
pub async fn show(request: HttpRequest, state: web::Data<AppState>) -> HttpResponse {
    login::show(&request, &state)
}

/// Signs in.
#[post("/login")]
pub async fn submit(
    request: HttpRequest,
    state: web::Data<AppState>,
    fields: Fields,
) -> HttpResponse {
    login::submit(&request, &state, &fields).await
}

/// Signs out.
#[post("/logout")]
pub async fn leave(request: HttpRequest, state: web::Data<AppState>, form: Form) -> HttpResponse {
    login::leave(&request, &state, &form).await
}
