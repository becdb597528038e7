//! Errors of starter projects on the wire; from those of the use case by one
//! exhaustive match.

use actix_web::http::StatusCode;
use agentidp_domain::scaffold::{Language, ScaffoldError};
use serde_json::json;

use crate::error::{ApiError, OAuthError};

const DENIED: &str = "You do not have permission to access this agent's scaffold.";

impl ApiError {
    /// 403 for foreign agents, and for tokens without an organization.
    pub fn scaffold_denied() -> Self {
        Self::denied_because(DENIED)
    }

    /// 400 for a language there is no project in.
    pub fn unknown_language(provided: &str) -> Self {
        let supported: Vec<&str> = Language::ALL.iter().map(|one| one.as_str()).collect();
        let message = format!(
            "Invalid language. Supported languages are: {}.",
            supported.join(", ")
        );
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message).with(json!({
            "field": "language",
            "provided": provided,
            "supported": supported,
        }))
    }

    /// The same 429, in the words of the limit on starter projects.
    pub fn of_scaffold_limit(mut self) -> Self {
        let seconds = self.retry_after.unwrap_or(1);
        self.body.message =
            format!("Scaffold rate limit exceeded. Please retry after {seconds} seconds.");
        self
    }
}

impl From<ScaffoldError> for ApiError {
    fn from(error: ScaffoldError) -> Self {
        match error {
            ScaffoldError::NotFound => Self::agent_not_found(),
            ScaffoldError::Access(_) => Self::scaffold_denied(),
            ScaffoldError::Decommissioned => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "AGENT_DECOMMISSIONED",
                "Cannot generate scaffold for a decommissioned agent.",
            ),
            ScaffoldError::Template(error) => Self::internal(&error),
            ScaffoldError::Archive(error) => Self::internal(&error),
            ScaffoldError::Unrecorded(error) => OAuthError::from(error).into(),
            ScaffoldError::Store(error) => error.into(),
        }
    }
}
