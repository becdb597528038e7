//! `/api/v1/organizations`: platform-wide administration.

mod dto;
mod handlers;

pub use handlers::{add_member, create, delete, get, list, update};
