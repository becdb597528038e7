//! `/api/v1/audit`.

mod chain;
mod query;
mod retention;
mod verify;
