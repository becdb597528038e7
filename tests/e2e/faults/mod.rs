//! What production does to a server, and what must not follow from it.

mod exhaustion;
mod network;
mod pause;
mod scene;
mod unread;
