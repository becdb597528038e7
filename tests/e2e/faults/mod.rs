//! What production does to a server: it is killed, paused and flooded, its
//! stores are away, full, read-only, slow or forgetful, its clock is wrong.
//! Each time nothing that was acknowledged is lost, nothing passes unchecked,
//! and the server heals without a restart.

mod clock;
mod dice;
mod exhaustion;
mod flooded;
mod kill;
mod mixed;
mod network;
mod pause;
mod postgres;
mod redis;
mod scene;
mod sqlite;
mod tables;
mod unread;

pub use tables::{consistent, received};
