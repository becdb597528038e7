//! `/api/v1/organizations`.

mod create;
mod list;
mod members;
mod status;
mod update;
