//! `/api/v1/agents`.

mod change;
mod decommission;
mod escalation;
mod read;
mod register;
mod registration_limits;
