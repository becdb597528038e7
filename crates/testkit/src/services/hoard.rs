//! A client that takes every connection a PostgreSQL server has to give.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// More than any server here gives.
const MOST: usize = 1_000;

/// Connections of the superuser that do nothing. Dropping the value closes
/// them.
#[derive(Debug)]
pub struct Hoard(Vec<TcpStream>);

impl Hoard {
    /// Logs in on `port` again and again until the server refuses.
    pub(super) fn of(port: u16) -> io::Result<Self> {
        let mut connections = Vec::new();
        while connections.len() < MOST {
            match log_in(port)? {
                Some(connection) => connections.push(connection),
                None => return Ok(Self(connections)),
            }
        }
        Err(io::Error::other("the server refuses nobody"))
    }

    /// Number of connections taken.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the server gave none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A connection, or `None` when the server has none left. The first byte of
/// its answer tells: `R` for the step of authentication that follows, `E` for
/// an error (PostgreSQL's protocol 3.0).
fn log_in(port: u16) -> io::Result<Option<TcpStream>> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(&startup()?)?;
    let mut kind = [0];
    connection.read_exact(&mut kind)?;
    Ok((&kind == b"R").then_some(connection))
}

fn startup() -> io::Result<Vec<u8>> {
    let body = b"\0\x03\0\0user\0postgres\0database\0postgres\0\0";
    let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
    Ok([&length.to_be_bytes()[..], &body[..]].concat())
}
