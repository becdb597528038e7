//! What happens instead of a page: the login page, a page that loads itself
//! again, or a page that says what went wrong.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use agentidp_http::ApiError;
use askama::Template;

use crate::notice::{self, Notice};
use crate::page::{ok, page, see_other};
use crate::query::Query;
use crate::session::Area;
use crate::shell::Shell;

/// Why a handler does not run.
#[derive(Debug)]
pub enum Halt {
    /// There is no session.
    SignIn {
        /// The site.
        area: Area,
        /// The address that was asked for.
        next: String,
        /// Whether there was one.
        expired: bool,
    },
    /// Another site led here, so that the browser kept the cookie back.
    Reload {
        /// The site.
        area: Area,
        /// The address that was asked for.
        address: String,
    },
    /// Something else, with its status and message.
    Failed {
        /// The site.
        area: Area,
        /// What went wrong.
        error: ApiError,
    },
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignIn { .. } => f.write_str("no session"),
            Self::Reload { .. } => f.write_str("no cookie from another site"),
            Self::Failed { error, .. } => error.fmt(f),
        }
    }
}

impl ResponseError for Halt {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::Reload { .. } => StatusCode::OK,
            Self::Failed { error, .. } => error.status,
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::SignIn {
                area,
                next,
                expired,
            } => see_other(&login_address(*area, next, *expired)),
            Self::Reload { area, address } => ok(&ReloadPage {
                title: area.title(),
                address,
            }),
            Self::Failed { area, error } => bare(*area, error),
        }
    }
}

fn login_address(area: Area, next: &str, expired: bool) -> String {
    let address = area.login_for(next);
    if !expired {
        return address;
    }
    // A second parameter follows `&`, the first one `?`.
    let separator = if address.contains('?') { '&' } else { '?' };
    let notice = Query::link("", &[(notice::PARAMETER, Notice::EXPIRED.code)]);
    format!("{address}{separator}{}", notice.trim_start_matches('?'))
}

/// Loads the same address again, this time from the own site.
#[derive(Template)]
#[template(path = "reload.html")]
struct ReloadPage<'a> {
    title: &'static str,
    address: &'a str,
}

/// A page that says what went wrong, inside the frame.
#[derive(Template)]
#[template(path = "state.html")]
struct StatePage {
    shell: Shell,
    heading: &'static str,
    message: String,
    back: Option<Back>,
}

/// A link out of a dead end.
#[derive(Debug)]
pub struct Back {
    /// Where it leads.
    pub href: String,
    /// Its text.
    pub label: &'static str,
}

impl Back {
    /// A link.
    pub fn new(href: impl Into<String>, label: &'static str) -> Self {
        Self {
            href: href.into(),
            label,
        }
    }
}

/// The page for an error without anything around it but the brand.
pub fn bare(area: Area, error: &ApiError) -> HttpResponse {
    let back = Back::new(area.base(), "Go to the first page");
    failed(Shell::bare(area), error, "", Some(back))
}

/// The page for an error, in its frame and with its status. `default` is what
/// a fault without words of its own is called.
pub fn failed(
    shell: Shell,
    error: &ApiError,
    default: &'static str,
    back: Option<Back>,
) -> HttpResponse {
    let view = StatePage {
        shell,
        heading: heading(error.status),
        message: message(error, default),
        back,
    };
    with_retry(page(error.status, &view), error)
}

/// The text of an error box: the message of the failed call, or `default`
/// where it says nothing about the cause.
pub fn message(error: &ApiError, default: &'static str) -> String {
    if error.status == StatusCode::INTERNAL_SERVER_ERROR && !default.is_empty() {
        default.to_owned()
    } else {
        error.body.message.clone()
    }
}

/// The same error in the words of a page.
pub fn reworded(error: &ApiError, words: impl Into<String>) -> ApiError {
    let mut error = error.clone();
    error.body.message = words.into();
    error
}

/// The response with `Retry-After` and the state of the limit, as far as the
/// error has them.
pub fn with_retry(mut response: HttpResponse, error: &ApiError) -> HttpResponse {
    error.write_retry(response.headers_mut());
    response
}

fn heading(status: StatusCode) -> &'static str {
    match status.as_u16() {
        403 => "No permission",
        404 => "Not found",
        413 => "Too large",
        415 => "Not a form",
        503 => "Temporarily unavailable",
        _ => "Something went wrong",
    }
}
