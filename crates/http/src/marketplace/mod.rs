//! The public marketplace.

mod dto;
mod handlers;

pub use handlers::{get, list};
