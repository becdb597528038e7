//! From the errors of webhooks to errors on the wire, by one exhaustive match.

use agentidp_domain::webhook::WebhookError;

use crate::error::ApiError;

impl ApiError {
    /// 404 of a webhook subscription.
    pub fn webhook_not_found() -> Self {
        Self::not_found(
            "WEBHOOK_NOT_FOUND",
            "Webhook subscription with the specified ID was not found.",
        )
    }
}

impl From<WebhookError> for ApiError {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::NotFound => Self::webhook_not_found(),
            // No field is to blame: it is the request as a whole.
            WebhookError::LimitReached { limit } => Self::refused_field(
                "body",
                &format!("The organization already has the maximum of {limit} subscriptions."),
            ),
            WebhookError::Store(error) => error.into(),
        }
    }
}
