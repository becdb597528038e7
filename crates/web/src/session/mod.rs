//! Sessions at the edge: the cookie, who is behind a request, forms that only
//! the own pages can send, signing in and out.
//!
//! A handler that takes a [`Visitor`] is guarded: without a session the browser
//! is sent to the login page. A handler that takes a [`Form`] is guarded too,
//! and runs only for forms with the token of the session.

mod area;
mod cookie;
mod form;
pub mod login;
mod provenance;
mod visitor;

pub use area::Area;
pub use form::{Fields, Form, SignInForm};
pub use visitor::Visitor;
