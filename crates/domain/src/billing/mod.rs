//! Billing: checkouts at Stripe, and what Stripe's events mean for the plan of
//! an organization.

mod checkout;
mod error;
mod event;
mod model;
mod receive;
mod redirect;
mod rules;
#[cfg(test)]
mod rules_tests;
mod service;
mod signature;
mod store;

pub use checkout::{CheckoutError, CheckoutRequest, CheckoutSessions, Prices};
pub use error::{BillingError, ReceiveError};
pub use event::{CompletedCheckout, Notice, StripeEvent};
pub use model::{
    EventOutcome, EventRecord, LastApplied, StripeEventType, StripeId, Subscription,
    SubscriptionStatus,
};
pub use redirect::{RedirectRules, RedirectUrl, Redirects};
pub use service::{BillingService, BillingSettings};
pub use signature::WebhookSecret;
pub use store::BillingStore;
