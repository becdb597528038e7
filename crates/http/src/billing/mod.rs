//! `/api/v1/billing`: what an organization uses, and how it pays for more.

mod dto;
mod handlers;
mod redirects;

pub use handlers::{checkout, usage, webhook};
pub use redirects::redirects;
