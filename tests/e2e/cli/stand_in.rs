//! A server that plays the API, for what the real one does not do on demand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;

use reqwest::Url;
use serde_json::{Value, json};

use super::Tool;
use crate::harness::Client;

pub const AGENT: &str = "a1b2c3d4-0000-4000-8000-000000000001";
const ORGANIZATION: &str = "22222222-2222-4222-8222-222222222222";
const TIME: &str = "2026-01-15T10:00:00.000Z";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub at: Instant,
    /// Such as `GET /api/v1/agents`.
    pub what: String,
    parameters: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut found = self.parameters.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// The same as a number.
    pub fn number(&self, name: &str) -> usize {
        self.parameter(name).unwrap().parse().unwrap()
    }
}

/// What follows a request.
pub enum Reply {
    /// Status, further headers, body.
    Answer(u16, String, Value),
    /// The connection is closed without an answer.
    Nothing,
}

impl Reply {
    pub fn ok(body: Value) -> Self {
        Self::Answer(200, String::new(), body)
    }
}

type Play = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server; it ends with the value.
pub struct StandIn {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl StandIn {
    /// Issues tokens, and plays `play` for everything else.
    pub fn start(play: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, stopped) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (notes, stop) = (Arc::clone(&asked), Arc::clone(&stopped));
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
            asked,
            stopped,
            thread: Some(thread),
        }
    }

    /// A tool that is configured for it as [`AGENT`]. `None`: the test was
    /// reported as skipped.
    pub fn tool(&self) -> Option<Tool> {
        let tool = Tool::new()?;
        let client = Client {
            id: AGENT.to_owned(),
            secret: "sk_live_0011223344556677".to_owned(),
        };
        tool.configure(&format!("http://{}", self.address), &client, &[]);
        Some(tool)
    }

    /// The requests so far, without those for tokens.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread up.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn serve(stream: &TcpStream, play: &Play, notes: &Mutex<Vec<Asked>>) -> std::io::Result<()> {
    let asked = read(stream)?;
    let reply = if asked.what == "POST /api/v1/token" {
        Reply::ok(json!({
            "access_token": "token", "token_type": "Bearer", "expires_in": 3600, "scope": "",
        }))
    } else {
        notes.lock().unwrap().push(asked.clone());
        play(&asked)
    };
    let Reply::Answer(status, headers, body) = reply else {
        return Ok(());
    };
    let body = body.to_string();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} \r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}

fn read(stream: &TcpStream) -> std::io::Result<Asked> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = first.split(' ');
    let method = words.next().unwrap();
    let url = Url::parse(&format!("http://h{}", words.next().unwrap_or("/"))).unwrap();
    Ok(Asked {
        at: Instant::now(),
        what: format!("{method} {}", url.path()),
        parameters: url.query_pairs().into_owned().collect(),
        body: String::from_utf8(body).unwrap(),
    })
}

/// An agent with this id and address.
pub fn agent(id: &str, email: &str) -> Value {
    json!({
        "agentId": id, "organizationId": ORGANIZATION, "email": email, "agentType": "custom",
        "version": "1.0.0", "capabilities": [], "owner": email, "deploymentEnv": "production",
        "status": "active", "allowedScopes": ["agents:read"], "isPublic": false,
        "createdAt": TIME, "updatedAt": TIME,
    })
}

/// The only active credential of [`AGENT`].
pub fn credential(expires_at: Option<&str>) -> Value {
    json!({
        "credentialId": "credential-1", "clientId": AGENT, "status": "active",
        "createdAt": TIME, "expiresAt": expires_at, "revokedAt": null,
    })
}

/// An event of the audit log.
pub fn event(sequence: usize, timestamp: &str, action: &str) -> Value {
    json!({
        "eventId": format!("event-{sequence}"), "organizationId": ORGANIZATION,
        "sequence": sequence, "timestamp": timestamp, "action": action, "outcome": "success",
        "agentId": AGENT, "ipAddress": "127.0.0.1", "userAgent": "test", "metadata": {},
        "previousHash": "", "hash": "",
    })
}

/// A list of everything there is, or a part of it.
pub fn list(data: &[Value], total: usize, page: usize, limit: usize) -> Reply {
    Reply::ok(json!({ "data": data, "total": total, "page": page, "limit": limit }))
}
