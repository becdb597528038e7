//! Federation with partner identity providers.

mod dto;
mod partners;
mod verification;

pub use partners::{delete, get, list, register, update};
pub use verification::verify;
