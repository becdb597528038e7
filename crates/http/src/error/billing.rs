//! From the errors of billing to errors on the wire, each by one exhaustive
//! match.

use actix_web::http::StatusCode;
use agentidp_domain::billing::{BillingError, ReceiveError};

use crate::error::ApiError;

impl From<BillingError> for ApiError {
    fn from(error: BillingError) -> Self {
        match error {
            BillingError::AlreadyOnTier(tier) => Self::new(
                StatusCode::BAD_REQUEST,
                "ALREADY_ON_TIER",
                format!("Your organization is already on the '{tier}' tier."),
            ),
            BillingError::Downgrade => Self::new(
                StatusCode::BAD_REQUEST,
                "DOWNGRADE_NOT_PERMITTED",
                "Downgrading tiers is not supported via this endpoint.",
            ),
            BillingError::Access(error) => error.into(),
            BillingError::Stripe(error) => {
                tracing::warn!(%error, "there is no Stripe Checkout Session");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "STRIPE_ERROR",
                    "Failed to create Stripe Checkout Session. Please try again.",
                )
            }
            BillingError::Store(error) => error.into(),
        }
    }
}

impl From<ReceiveError> for ApiError {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::Unverified => Self::new(
                StatusCode::BAD_REQUEST,
                "STRIPE_SIGNATURE_INVALID",
                "Webhook signature verification failed.",
            ),
            ReceiveError::Store(error) => error.into(),
        }
    }
}
