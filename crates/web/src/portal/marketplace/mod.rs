//! Public agents, for everybody to read.

mod detail;
mod list;

pub use detail::show;
pub use list::index;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use agentidp_http::ApiError;

use crate::fault::{Back, failed};
use crate::portal::{MARKETPLACE, switched_off};
use crate::shell::Shell;

/// Code of the API for a part that is switched off.
const OFF: &str = "NOT_FOUND";

/// Path of the page of an agent.
fn path(id: &str) -> String {
    format!("{MARKETPLACE}/{id}")
}

/// The page in the place of one that cannot be shown.
fn failure(shell: Shell, error: &ApiError, back: Option<Back>) -> HttpResponse {
    if error.status == StatusCode::NOT_FOUND && error.body.code == OFF {
        return switched_off(shell, "Marketplace", error);
    }
    failed(shell, error, "Failed to load agents.", back)
}
