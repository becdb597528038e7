//! What is wrong with a form.

use agentidp_domain::validation::{Violation, Violations};
use agentidp_http::ApiError;

/// A bad field.
pub struct Problem {
    /// Its label.
    pub label: String,
    /// What is wrong, in the words of the API.
    pub reason: String,
}

/// All problems; `labels` has the label for each name of a field.
pub fn problems(violations: &Violations, labels: &[(&str, &str)]) -> Vec<Problem> {
    let label = |field: &str| {
        let known = labels.iter().find(|(name, _)| *name == field);
        known.map_or(field, |&(_, label)| label).to_owned()
    };
    let problem = |violation: &Violation| Problem {
        label: label(&violation.field),
        reason: violation.reason.clone(),
    };
    violations.as_slice().iter().map(problem).collect()
}

/// Why nothing is made of a form.
pub enum Refusal {
    /// Bad fields.
    Fields(Violations),
    /// Something else.
    Failed(ApiError),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}
