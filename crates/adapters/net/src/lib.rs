//! Outbound HTTP to addresses that somebody else chose, guarded against
//! server-side request forgery.
//!
//! Three things together keep a stranger's URL out of the own network:
//!
//! - [`GuardedClient::request`] judges a host that is an IP address itself; such
//!   a host is never resolved.
//! - The resolver of the client judges all addresses of a name and hands on
//!   exactly those that it judged, so nothing is resolved a second time.
//! - The client follows no redirect, uses no proxy and keeps no connection.
//!   [`GuardedFetcher`] follows redirects on the same origin, each as a request
//!   of its own.
//!
//! [`StripeCheckouts`] asks an address that the operator chose, with the same
//! client and without its judgement.

mod client;
mod failure;
mod fetcher;
mod lookup;
mod reach;
mod resolver;
mod stripe;
mod webhook;

pub use client::{GuardedClient, SetupError};
pub use fetcher::{FetcherSettings, GuardedFetcher};
pub use lookup::{Lookup, SystemLookup};
pub use reach::Reach;
pub use resolver::ForbiddenAddress;
pub use stripe::StripeCheckouts;
pub use webhook::HttpWebhookSender;
