//! Checkouts, upgrades and Stripe's events.

mod checkout;
mod events;
mod order;
mod upgrade;
mod webhook;

use agentidp_domain::unit_of_work::Scope;
use serde_json::Value;

use crate::support::{Api, Identity};

const CHECKOUT: &str = "/api/v1/billing/checkout";
const UPGRADE: &str = "/api/v1/tiers/upgrade";
const NO_SESSION: &str = "Failed to create Stripe Checkout Session. Please try again.";

/// The tier of an organization, as its status shows it.
async fn tier(api: &Api, of: &Identity) -> String {
    let token = api.token(of, "");
    let call = api.get("/api/v1/tiers/status").bearer(&token);
    let status: Value = call.send().await.expect(200);
    status["tier"].as_str().unwrap().to_owned()
}

/// Id and state of the present subscription of an organization.
async fn subscription(api: &Api, of: &Identity) -> Option<(String, String)> {
    let mut work = api.world.ports.read(Scope::System).await.unwrap();
    let id = of.organization.parse().unwrap();
    let found = work.billing().subscription(id).await.unwrap()?;
    let name = found.subscription_id.as_str().to_owned();
    Some((name, found.status.as_str().to_owned()))
}
