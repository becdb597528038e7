//! The audit log: the list with its filters, and its download.

mod export;
mod filters;
mod list;

pub use export::deliver;
pub use list::index;

use crate::access::Endpoint;

const QUERY: Endpoint = Endpoint::new("GET", "/api/v1/audit");

const NOT_LOADED: &str = "Failed to load audit log.";
