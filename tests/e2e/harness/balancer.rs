//! A small load balancer: it probes its replicas, connects clients to those
//! that are ready, and tries the next one where nobody listens.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::process::POLL;
use super::raw::request;

/// Pause between two probes of a replica.
const PROBE: Duration = Duration::from_millis(100);
/// A replica that answers later counts as away.
const SLOW: Duration = Duration::from_secs(2);
/// Start of a replica on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A replica as the balancer sees it.
struct Replica {
    port: u16,
    ready: bool,
}

/// The replicas by place, and whose turn it is.
struct Pool {
    replicas: Mutex<Vec<Replica>>,
    turn: AtomicUsize,
}

/// A balancer; it ends with its value.
pub struct Balancer {
    /// Where clients connect.
    pub port: u16,
    pool: Arc<Pool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Balancer {
    /// Starts in front of replicas, all of which must be ready soon.
    pub async fn start(ports: &[u16]) -> Self {
        let replicas = ports.iter().map(|port| Replica {
            port: *port,
            ready: false,
        });
        let pool = Arc::new(Pool {
            replicas: Mutex::new(replicas.collect()),
            turn: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let tasks = vec![
            tokio::spawn(accept(listener, Arc::clone(&pool))),
            tokio::spawn(probe(Arc::clone(&pool))),
        ];
        let balancer = Self { port, pool, tasks };
        for place in 0..ports.len() {
            balancer.until_ready(place).await;
        }
        balancer
    }

    /// Puts another replica in a place, and waits until it is ready.
    pub async fn replace(&self, place: usize, port: u16) {
        self.pool.replicas.lock().unwrap()[place] = Replica { port, ready: false };
        self.until_ready(place).await;
    }

    async fn until_ready(&self, place: usize) {
        let deadline = Instant::now() + PATIENCE;
        while !self.pool.replicas.lock().unwrap()[place].ready {
            assert!(Instant::now() < deadline, "replica {place} is never ready");
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Pool {
    /// The replicas to try, ready ones first, beginning with another one each
    /// time.
    fn candidates(&self) -> Vec<u16> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let replicas = self.replicas.lock().unwrap();
        let count = replicas.len();
        let in_turn = (0..count).map(|step| &replicas[(turn + step) % count]);
        let (mut ready, away): (Vec<_>, Vec<_>) = in_turn.partition(|replica| replica.ready);
        ready.extend(away);
        ready.iter().map(|replica| replica.port).collect()
    }
}

async fn accept(listener: TcpListener, pool: Arc<Pool>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        tokio::spawn(connect(client, pool.candidates()));
    }
}

/// Connects a client to the first replica that takes it. Without one, the
/// client sees the end of its connection.
async fn connect(mut client: TcpStream, candidates: Vec<u16>) {
    for port in candidates {
        if let Ok(mut replica) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
            let _ = copy_bidirectional(&mut client, &mut replica).await;
            return;
        }
    }
}

async fn probe(pool: Arc<Pool>) {
    loop {
        let ports: Vec<u16> = {
            let replicas = pool.replicas.lock().unwrap();
            replicas.iter().map(|replica| replica.port).collect()
        };
        for port in ports {
            let ready = is_ready(port).await;
            let mut replicas = pool.replicas.lock().unwrap();
            for replica in replicas.iter_mut().filter(|replica| replica.port == port) {
                replica.ready = ready;
            }
        }
        tokio::time::sleep(PROBE).await;
    }
}

/// Each probe has a connection of its own.
async fn is_ready(port: u16) -> bool {
    let answer = tokio::time::timeout(SLOW, health(port)).await;
    answer.is_ok_and(|answer| answer.is_ok_and(|text| text.starts_with("HTTP/1.1 200")))
}

async fn health(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let probe = request("GET /health", &[], b"");
    stream.write_all(&probe).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
