//! An HTTP server on loopback that says exactly what it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// What a server does when it was asked.
pub enum Answer {
    /// Says this and waits for the next request.
    Kept(Vec<u8>),
    /// Says this and closes the connection.
    Whole(Vec<u8>),
    /// Says the first and then the second again and again, with a pause.
    Endless(Vec<u8>, Vec<u8>, Duration),
    /// Says this and waits until the client hangs up.
    Stuck(Vec<u8>),
}

/// A 200 with this body.
pub fn ok(body: impl AsRef<[u8]>) -> Answer {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    Answer::Kept([head.as_bytes(), body].concat())
}

/// An answer without a body.
pub fn head(lines: &str) -> Answer {
    Answer::Kept(format!("HTTP/1.1 {lines}\r\nContent-Length: 0\r\n\r\n").into_bytes())
}

/// A redirect.
pub fn found(location: &str) -> Answer {
    head(&format!("302 Found\r\nLocation: {location}"))
}

type Handler = dyn Fn(&str) -> Answer + Send + Sync;

struct Shared {
    handler: Box<Handler>,
    peers: watch::Sender<Vec<SocketAddr>>,
    requests: Mutex<Vec<String>>,
    hung_up: Semaphore,
}

pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Answers with what `handler` makes of a path.
    pub async fn start(handler: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            peers: watch::Sender::default(),
            requests: Mutex::default(),
            hung_up: Semaphore::new(0),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&shared)));
        Self {
            address,
            shared,
            _tasks: tasks,
        }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// URL of a path, with another host.
    pub fn at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port())
    }

    /// URL of a path.
    pub fn url(&self, path: &str) -> String {
        self.at("127.0.0.1", path)
    }

    /// First lines and headers of what it was asked for.
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Number of connections up to now. An own one goes last, so none is
    /// overlooked that is still to be accepted.
    pub async fn connections(&self) -> usize {
        let own = TcpStream::connect(self.address).await.unwrap();
        let own = own.local_addr().unwrap();
        let mut peers = self.shared.peers.subscribe();
        let peers = peers.wait_for(|peers| peers.contains(&own)).await.unwrap();
        peers.iter().position(|peer| *peer == own).unwrap()
    }

    /// Waits until a client hung up on an answer that has no end.
    pub async fn hung_up(&self) {
        let patience = Duration::from_secs(60);
        let permit = timeout(patience, self.shared.hung_up.acquire()).await;
        permit.unwrap().unwrap().forget();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer) = listener.accept().await.unwrap();
        shared.peers.send_modify(|peers| peers.push(peer));
        connections.spawn(serve(stream, Arc::clone(&shared)));
    }
}

/// Answers requests; that a client goes away is its right.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let mut stream = BufStream::new(stream);
    while let Some(request) = hear(&mut stream).await {
        let path = request.split(' ').nth(1).unwrap().to_owned();
        shared.requests.lock().unwrap().push(request);
        let bytes = match (shared.handler)(&path) {
            Answer::Kept(bytes) => bytes,
            last => return finish(stream, last, &shared).await,
        };
        if say(&mut stream, &bytes).await.is_err() {
            return;
        }
    }
}

/// One request up to the end of its headers.
async fn hear(stream: &mut BufStream<TcpStream>) -> Option<String> {
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if stream.read_line(&mut request).await.unwrap_or(0) == 0 {
            return None;
        }
    }
    Some(request)
}

/// Gives the last answer of a connection.
async fn finish(mut stream: BufStream<TcpStream>, answer: Answer, shared: &Shared) {
    match answer {
        Answer::Kept(bytes) | Answer::Whole(bytes) => {
            let _ = say(&mut stream, &bytes).await;
            let _ = stream.shutdown().await;
        }
        Answer::Endless(first, then, pause) => {
            let mut said = say(&mut stream, &first).await;
            while said.is_ok() {
                sleep(pause).await;
                said = say(&mut stream, &then).await;
            }
            shared.hung_up.add_permits(1);
        }
        Answer::Stuck(bytes) => {
            let _ = say(&mut stream, &bytes).await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
            shared.hung_up.add_permits(1);
        }
    }
}

async fn say(stream: &mut BufStream<TcpStream>, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}
