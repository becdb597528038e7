//! Connections on which tests do what no HTTP client would.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// Within this time the server ends a connection that is of no use.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause between two bytes of a slow client.
const DRIP: Duration = Duration::from_millis(300);
/// Receive buffer of a client that takes little.
const NARROW: u32 = 4096;

/// A connection.
pub struct Wire(TcpStream);

impl Wire {
    /// Connects to a server.
    pub async fn open(port: u16) -> Self {
        Self(TcpStream::connect(address(port)).await.unwrap())
    }

    /// Connects with a small buffer for what arrives.
    pub async fn narrow(port: u16) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(NARROW).unwrap();
        Self(socket.connect(address(port)).await.unwrap())
    }

    /// Sends bytes; the server may have closed meanwhile.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    /// Everything that comes until the server ends the connection, which it has
    /// to do.
    pub async fn rest(mut self) -> String {
        until_closed(&mut self.0).await
    }

    /// Sends bytes one by one, again and again, until the server ends the
    /// connection; everything that came.
    pub async fn drip(self, bytes: &'static [u8]) -> String {
        let (mut reader, mut writer) = self.0.into_split();
        let slow = tokio::spawn(async move {
            for byte in bytes.iter().cycle() {
                if writer.write_all(&[*byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(DRIP).await;
            }
        });
        let answer = until_closed(&mut reader).await;
        slow.abort();
        answer
    }

    /// Ends the connection without a farewell.
    pub fn reset(self) {
        self.0.set_zero_linger().unwrap();
    }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

async fn until_closed(source: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let closed = timeout(PATIENCE, source.read_to_end(&mut bytes)).await;
    assert!(closed.is_ok(), "the server keeps the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}
