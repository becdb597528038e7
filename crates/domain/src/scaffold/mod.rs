//! Starter projects: a small program, ready to run, for one agent in one
//! language.
//!
//! The files stand in `templates/<language>/` as they will be, with
//! placeholders `{{format:VARIABLE}}`; the format says how a value has to be
//! written in that place (`escape.rs`).

mod error;
mod escape;
mod language;
mod service;
mod template;
mod variables;

pub use error::ScaffoldError;
pub use language::Language;
pub use service::{Scaffold, ScaffoldService};
pub use template::{BrokenTemplate, ScaffoldFile};
