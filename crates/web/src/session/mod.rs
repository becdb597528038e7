//! Sessions at the edge: the cookie, who is behind a request, forms that only
//! the own pages can send, signing in and out.
//!
//! A handler that takes a [`Visitor`] is guarded: without a session the browser
//! is sent to the login page. A handler that takes a [`Form`] is guarded too,
//! and runs only for forms with the token of the session. Both rely on the
//! [`gate`] in front of all pages, which knows the visitor and counts requests.

mod area;
mod cookie;
mod entry;
mod form;
pub mod login;
mod provenance;
mod visitor;

pub use area::Area;
pub use entry::gate;
pub use form::{Fields, Form, SignInForm};
pub use visitor::Visitor;
