//! `/api/v1/audit`.

mod chain;
mod export;
mod query;
mod retention;
mod verify;
