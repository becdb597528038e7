//! The plan of the visitor's organization, and the way to a higher one.

mod status;
mod upgrade;

pub use status::show;
pub use upgrade::{ask, carry_out};
