//! Starter projects.

mod archive;
mod handlers;

pub use handlers::generate;
