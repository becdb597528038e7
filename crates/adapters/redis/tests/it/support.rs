//! The server under test, ways to it that can be cut, and stand-ins.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentidp_domain::limit::{RateLimiter, Reading, Window};
use agentidp_domain::metrics::{Metrics, NoMetrics};
use agentidp_redis::Redis;
use async_trait::async_trait;
use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{Client, ConnectionAddr, IntoConnectionInfo};
use secrecy::SecretString;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

const VARIABLE: &str = "AGENTIDP_TEST_REDIS_URL";

/// URL of the server, or none when the test is to be skipped.
pub fn url() -> Option<String> {
    match std::env::var(VARIABLE) {
        Ok(url) if !url.is_empty() => Some(url),
        _ if std::env::var_os("CI").is_some() => panic!("{VARIABLE} is not set"),
        _ => {
            println!("skipped: {VARIABLE} is not set");
            None
        }
    }
}

pub fn open(url: &str) -> Redis {
    Redis::new(SecretString::from(url), Arc::new(NoMetrics)).unwrap()
}

/// A connection past the code under test.
pub async fn raw(url: &str) -> MultiplexedConnection {
    let client = Client::open(url).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

/// A server that accepts connections and never answers.
pub async fn mute_server() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}/", listener.local_addr().unwrap());
    (listener, url)
}

/// Where the clock only moves while everybody waits: whether that was for one
/// timeout of 250 ms, and not for two.
#[track_caller]
pub fn waited_once(started: Instant) {
    let waited = started.elapsed();
    assert!(waited >= Duration::from_millis(250), "{waited:?}");
    assert!(waited < Duration::from_millis(500), "{waited:?}");
}

/// A name that no other test uses.
pub fn unique(name: &str) -> String {
    format!("test:{name}:{}", uuid::Uuid::new_v4())
}

pub fn window(key: String, limit: u32) -> Window {
    Window {
        key,
        limit,
        length: Duration::from_secs(60),
    }
}

/// Names of the commands that were measured.
#[derive(Default)]
pub struct Commands(Mutex<BTreeSet<&'static str>>);

impl Commands {
    pub fn names(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().iter().copied().collect()
    }
}

impl Metrics for Commands {
    fn redis_command(&self, command: &'static str, _elapsed: Duration) {
        self.0.lock().unwrap().insert(command);
    }
}

/// A limiter whose readings are recognisable.
pub struct Fallback;

pub const FALLBACK_RESET: i64 = -1;

#[async_trait]
impl RateLimiter for Fallback {
    async fn hit(&self, window: &Window) -> Reading {
        Reading {
            allowed: true,
            limit: window.limit,
            remaining: 0,
            reset_at: FALLBACK_RESET,
            retry_after: 1,
        }
    }

    async fn peek(&self, window: &Window) -> Reading {
        self.hit(window).await
    }
}

/// A way to the server that can be cut, silenced and opened again.
pub struct Way {
    port: u16,
    server: String,
    silent: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Way {
    pub async fn to(url: &str) -> Self {
        let info = url.into_connection_info().unwrap();
        let ConnectionAddr::Tcp(host, port) = info.addr() else {
            panic!("not a TCP address");
        };
        let server = format!("{host}:{port}");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut way = Self {
            port: listener.local_addr().unwrap().port(),
            server,
            silent: watch::Sender::new(false),
            task: None,
        };
        way.serve(listener);
        way
    }

    /// The URL that leads over this way.
    pub fn url(&self, url: &str) -> String {
        let changed = url.replace(&self.server, &format!("127.0.0.1:{}", self.port));
        assert_ne!(changed, url, "the URL does not name its port");
        changed
    }

    /// Closes all connections and refuses new ones.
    pub async fn cut(&mut self) {
        let task = self.task.take().unwrap();
        task.abort();
        task.await.unwrap_err();
    }

    pub async fn mend(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.serve(listener);
    }

    /// Keeps connections open, but nothing passes any more.
    pub fn silence(&self) {
        self.silent.send_replace(true);
    }

    /// Lets new connections pass again.
    pub fn end_silence(&self) {
        self.silent.send_replace(false);
    }

    fn serve(&mut self, listener: TcpListener) {
        let server = self.server.clone();
        let silent = self.silent.subscribe();
        self.task = Some(tokio::spawn(async move {
            // Dropping the set with the task ends all connections.
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(forward(client, server.clone(), silent.clone()));
            }
        }));
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn forward(mut client: TcpStream, server: String, mut silent: watch::Receiver<bool>) {
    let mut server = TcpStream::connect(server).await.unwrap();
    let passing = tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => true,
        _ = silent.wait_for(|silent| *silent) => false,
    };
    if !passing {
        // Holds both ends open until the way is gone.
        std::future::pending::<()>().await;
    }
}
