//! Confirmations: a page that names what will happen and asks. Scripts show its
//! form in a dialog.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::page::page;
use crate::shell::Shell;

/// What is asked.
#[derive(Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    /// Frame of the page.
    pub shell: Shell,
    /// The question.
    pub title: String,
    /// What will happen.
    pub text: String,
    /// What is easily overlooked.
    pub warning: Option<String>,
    /// A text that has to be typed in, in the field `typed`.
    pub typed: Option<String>,
    /// Single-use token, in the field `once`.
    pub once: Option<String>,
    /// What was wrong the last time.
    pub error: Option<String>,
    /// Where the form goes.
    pub action: String,
    /// Where the way back leads.
    pub cancel: String,
    /// Label of the button.
    pub label: &'static str,
    /// Kind of the button: `default` or `destructive`.
    pub kind: &'static str,
}

impl Confirm {
    /// The page.
    pub fn ask(&self) -> HttpResponse {
        let status = match &self.error {
            None => StatusCode::OK,
            Some(_) => StatusCode::BAD_REQUEST,
        };
        page(status, self)
    }
}
