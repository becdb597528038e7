//! A server on the loopback that plays the API.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use sentryagent_idp::{AgentIdPClient, ClientBuilder};
use serde_json::{Value, json};

pub const ID: &str = "a1b2c3d4-0000-4000-8000-000000000001";
pub const SECRET: &str = "sk_live_00112233445566778899aabbccddeeff";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method and path with query.
    pub line: String,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    /// A header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn is_token_request(&self) -> bool {
        self.line == "POST /api/v1/token"
    }
}

/// An answer.
pub struct Reply {
    status: u16,
    headers: String,
    body: String,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string())
    }

    pub fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: String::new(),
            body: body.to_owned(),
        }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// A token that lasts so many seconds.
    pub fn token(name: &str, lifetime: u64) -> Self {
        let body = json!({
            "access_token": name, "token_type": "Bearer", "expires_in": lifetime,
            "scope": "agents:read",
        });
        Self::json(200, &body)
    }

    /// An error in the envelope of the API.
    pub fn refused(status: u16, code: &str) -> Self {
        Self::json(status, &json!({"code": code, "message": "Refused."}))
    }
}

type Play = dyn Fn(&Seen) -> Reply + Send + Sync;

/// The server; it ends with the value.
pub struct Mock {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Mock {
    /// Plays whatever `play` says.
    pub fn new(play: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, stopped) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (notes, stop) = (Arc::clone(&seen), Arc::clone(&stopped));
        let play: Arc<Play> = Arc::new(play);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (play, notes) = (Arc::clone(&play), Arc::clone(&notes));
                // A client that goes away is no failure of the server.
                std::thread::spawn(move || stream.and_then(|s| serve(&s, &*play, &notes)));
            }
        });
        Self {
            address,
            seen,
            stopped,
            thread: Some(thread),
        }
    }

    /// Issues tokens for an hour, and plays `play` for everything else.
    pub fn api(play: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::new(move |seen| {
            if seen.is_token_request() {
                Reply::token("token-1", 3600)
            } else {
                play(seen)
            }
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn builder(&self) -> ClientBuilder {
        AgentIdPClient::builder(self.url(), ID, SECRET)
    }

    pub fn client(&self) -> AgentIdPClient {
        self.builder().build().unwrap()
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The only request that was not for a token.
    pub fn only(&self) -> Seen {
        let mut calls = self.seen();
        calls.retain(|seen| !seen.is_token_request());
        assert_eq!(calls.len(), 1, "{calls:?}");
        calls.remove(0)
    }

    /// Number of requests for a token.
    pub fn token_requests(&self) -> usize {
        let seen = self.seen();
        seen.iter().filter(|seen| seen.is_token_request()).count()
    }
}

fn serve(stream: &TcpStream, play: &Play, notes: &Mutex<Vec<Seen>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let line = first.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let mut seen = Seen {
        line,
        headers,
        body: String::new(),
    };
    let length = seen.header("content-length").unwrap_or("0");
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body)?;
    seen.body = String::from_utf8(body).unwrap();
    notes.lock().unwrap().push(seen.clone());
    let reply = play(&seen);
    let (status, length) = (reply.status, reply.body.len());
    let head = format!(
        "HTTP/1.1 {status} \r\n{}Content-Length: {length}\r\nConnection: close\r\n\r\n",
        reply.headers
    );
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(reply.body.as_bytes())
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread up.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// An agent as the API shows it, with a member that no client knows.
pub fn agent() -> Value {
    json!({
        "agentId": ID, "organizationId": "22222222-2222-4222-8222-222222222222",
        "email": "screener-001@acme.example", "agentType": "screener", "version": "1.4.2",
        "capabilities": ["resume:read"], "owner": "talent-team", "deploymentEnv": "moon",
        "status": "active", "allowedScopes": ["agents:read"], "isPublic": false,
        "createdAt": "2026-01-15T10:00:00.000Z", "updatedAt": "2026-01-15T10:00:00.000Z",
        "shoeSize": 42,
    })
}
