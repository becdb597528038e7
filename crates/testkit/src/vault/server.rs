//! A small HTTP server: one request per connection, each on a thread of its
//! own.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A client that sends nothing is given up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Longest head that is read, in lines.
const LINES: usize = 100;

/// Longest body that is read, in bytes.
const BODY: u64 = 1024 * 1024;

/// A request.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) method: String,
    /// Without the query.
    pub(super) path: String,
    /// Without the question mark.
    pub(super) query: String,
    /// Value of `X-Vault-Token`.
    pub(super) token: Option<String>,
    pub(super) body: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// Where a redirect leads.
    pub(super) location: Option<String>,
    pub(super) body: String,
}

/// What a request gets; `None` closes the connection instead.
pub(super) type Answer = Option<Reply>;

/// A server that listens.
pub(super) struct Server {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers with what `answer` says, on a port of 127.0.0.1; 0 lets the
    /// system choose one.
    pub(super) fn start(
        port: u16,
        answer: impl Fn(Request) -> Answer + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopped);
        let answer = Arc::new(answer);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || {
                    // A broken connection concerns nobody else.
                    stream.and_then(|stream| serve(&stream, &*answer)).ok();
                });
            }
        });
        Ok(Self {
            address,
            stopped,
            thread: Some(thread),
        })
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }
}

fn serve(stream: &TcpStream, answer: &dyn Fn(Request) -> Answer) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = read(&mut BufReader::new(stream))?;
    let Some(reply) = answer(request) else {
        return Ok(());
    };
    let Reply {
        status,
        location,
        body,
    } = reply;
    let location = location.map_or_else(String::new, |address| format!("Location: {address}\r\n"));
    let head = format!(
        "HTTP/1.1 {status} \r\n{location}Content-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}

fn read(source: &mut BufReader<&TcpStream>) -> io::Result<Request> {
    let mut first = String::new();
    source.read_line(&mut first)?;
    let mut words = first.split(' ');
    let mut request = Request {
        method: words.next().unwrap_or_default().to_owned(),
        ..Request::default()
    };
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    request.path = path.to_owned();
    request.query = query.to_owned();
    let mut length = 0;
    for _ in 0..LINES {
        let mut line = String::new();
        source.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "x-vault-token" => request.token = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    source
        .take(BODY.min(length))
        .read_to_end(&mut request.body)?;
    Ok(request)
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread up.
        TcpStream::connect(self.address).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
