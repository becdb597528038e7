//! Stripe: its own stand-in for its API, and its own library for signatures.

use std::process::Command;
use std::time::{Duration, Instant};

use agentidp_testkit::requirements;
use reqwest::Method;
use serde_json::{Value, json};

use super::process::{POLL, Process};
use super::scripts::Dialogue;
use super::{Answer, Api, Installation};

/// Where events arrive.
pub const WEBHOOK: &str = "/api/v1/billing/webhook";

/// Key of the signatures.
pub const WEBHOOK_SECRET: &str = "whsec_5df3a1c2";

/// The program reads a large description before it listens.
const START: Duration = Duration::from_secs(60);
/// What it prints when it does; the port follows.
const READY: &str = "Listening for HTTP at address: 127.0.0.1:";

/// stripe-mock: refuses what Stripe's description of its API does not allow.
pub struct StripeMock {
    process: Process,
    port: u16,
}

impl StripeMock {
    /// Starts it. `None`: the test was reported as skipped.
    pub fn start() -> Option<Self> {
        let program = requirements::require(requirements::STRIPE_MOCK)?;
        let mut command = Command::new(program);
        // Without an address of its own, TLS takes a fixed port.
        let any = "127.0.0.1:0";
        command.args(["-http-addr", any, "-https-addr", any]);
        let mut process = Process::spawn(&mut command);
        let deadline = Instant::now() + START;
        loop {
            let printed = process.stdout.text();
            let mut lines = printed.lines();
            let port = lines.find_map(|line| line.strip_prefix(READY)?.parse().ok());
            if let Some(port) = port {
                return Some(Self { process, port });
            }
            assert!(process.ended().is_none(), "{}", process.output());
            assert!(Instant::now() < deadline, "{}", process.output());
            std::thread::sleep(POLL);
        }
    }

    /// Base of its API.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it was asked for, as it prints it.
    pub fn requests(&self) -> String {
        self.process.output()
    }
}

/// Sends events that Stripe's library signs.
pub struct Stripe {
    signer: Dialogue,
}

impl Stripe {
    /// Starts the library. `None`: the test was reported as skipped.
    pub fn start(installation: &Installation) -> Option<Self> {
        let python = requirements::require(requirements::PYTHON)?;
        let signer = Dialogue::start(&python, "stripe_signatures.py", &[], installation);
        Some(Self { signer })
    }

    /// The header of a body that was signed `age` seconds ago.
    pub async fn header(&mut self, body: &str, secret: &str, age: i64) -> String {
        let question = json!({"payload": body, "secret": secret, "age": age});
        let header = self.signer.ask(&question).await;
        header.as_str().unwrap().to_owned()
    }

    /// Sends an event as Stripe does; it must be taken.
    pub async fn send(&mut self, api: &Api, event: &Value) {
        let body = event.to_string();
        let header = self.header(&body, WEBHOOK_SECRET, 0).await;
        let taken = deliver(api, &header, body).await.expect(200);
        assert_eq!(taken, json!({"received": true}));
    }
}

/// Sends a body with a header.
pub async fn deliver(api: &Api, header: &str, body: String) -> Answer {
    let request = api
        .request(Method::POST, WEBHOOK)
        .header("Stripe-Signature", header)
        .header("Content-Type", "application/json")
        .body(body);
    api.send(request).await.unwrap()
}
