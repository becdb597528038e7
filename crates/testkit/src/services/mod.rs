//! Throw-away servers from the binaries that are installed on this machine.
//!
//! Each server gets an empty directory and a free port, listens on 127.0.0.1
//! only and disappears with its value. A watchdog process ends it also when the
//! test run is killed; see [`guard`].
//!
//! ```no_run
//! use agentidp_testkit::services::Postgres;
//!
//! let server = Postgres::start()?;
//! server.create_database("orders")?;
//! server.query("orders", "CREATE TABLE t (id int); SELECT count(*) FROM t")?;
//! let url = server.url("orders");
//! # Ok::<(), std::io::Error>(())
//! ```

mod disk;
mod guard;
mod hoard;
mod kafka;
mod postgres;
mod programs;
mod redis;

use std::io;
use std::net::{Ipv4Addr, TcpListener};

pub use disk::SmallDisk;
pub use hoard::Hoard;
pub use kafka::Kafka;
pub use postgres::{Options, Postgres, psql};
pub use programs::{postgres_bin, redis_server};
pub use redis::Redis;

/// A TCP port of 127.0.0.1 that nobody listens on right now.
///
/// Another process can take it before it is used; callers that start a server
/// on it should try again with another one.
///
/// # Errors
///
/// When the system has no free port.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// A free port can be taken by somebody else before a server binds it.
const START_ATTEMPTS: u32 = 5;

/// Calls `start` with free ports until the server can bind one of them.
fn on_free_port(mut start: impl FnMut(u16) -> io::Result<()>) -> io::Result<()> {
    let mut attempt = 1;
    loop {
        match start(free_port()?) {
            // The servers tell this in their log, which is part of the error.
            Err(error)
                if attempt < START_ATTEMPTS
                    && error.to_string().contains("Address already in use") =>
            {
                attempt += 1;
            }
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_replaced_by_another_one() {
        let mut ports = Vec::new();
        on_free_port(|port| {
            ports.push(port);
            let taken = ports.len() < 3;
            if taken {
                Err(io::Error::other("log: Address already in use"))
            } else {
                Ok(())
            }
        })
        .unwrap();
        assert_eq!(ports.len(), 3);
        assert!(on_free_port(|_| Err(io::Error::other("Address already in use"))).is_err());
    }

    #[test]
    fn a_free_port_can_be_bound() {
        let port = free_port().unwrap();
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
    }
}
