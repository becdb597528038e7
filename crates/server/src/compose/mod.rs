//! The composition root: the only place that names concrete adapters.

mod app;
mod billing;
mod compliance;
mod database;
mod encryption;
mod health;
mod installation;
mod key_reload;
mod key_ring;
mod key_ring_file;
mod key_ring_vault;
mod schema;
mod stream;
#[cfg(test)]
mod tests;
mod trust;
pub(crate) mod vault;

pub(crate) use app::{App, load_policy};
#[cfg(test)]
pub(crate) use compliance::Compliance;
pub(crate) use database::ClosedDatabase;
pub(crate) use installation::Installation;
pub(crate) use key_ring::key_ring_place;
pub(crate) use schema::Purpose;
pub(crate) use stream::event_sink;
