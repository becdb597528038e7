//! A throw-away Kafka broker.

use std::env;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::guard::Guard;
use super::programs::{java, not_installed, output_of};
use super::{free_port, on_free_port};

/// A Java program on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(90);

/// Any id of a cluster, in Kafka's form.
const CLUSTER: &str = "AAAAAAAAQACAAAAAAAAAAQ";

/// Small and quick to start.
const JAVA_OPTIONS: [&str; 3] = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/// Partitions of a topic that is made at the first request for it.
const PARTITIONS: u32 = 3;

/// A single Kafka node, broker and controller, on a free port of 127.0.0.1.
///
/// It makes topics at the first request for them, with three partitions.
/// Dropping the value ends the broker and removes its data.
#[derive(Debug)]
pub struct Kafka {
    guard: Guard,
    java: PathBuf,
    classpath: String,
    port: u16,
}

impl Kafka {
    /// Starts a broker from the classes in `classpath`.
    ///
    /// # Errors
    ///
    /// When Java is not installed or the broker does not start; the message
    /// has its log.
    pub fn start(classpath: &str) -> io::Result<Self> {
        let java = java().ok_or_else(|| not_installed("Java"))?;
        let guard = Guard::new(&env::temp_dir(), "kafka", "KILL", &[])?;
        let mut broker = Self {
            guard,
            java,
            classpath: classpath.to_owned(),
            port: 0,
        };
        broker.configure(free_port()?)?;
        broker.format()?;
        on_free_port(|port| {
            broker.configure(port)?;
            broker.launch()
        })?;
        Ok(broker)
    }

    /// Host and port; they stay the same over stop and start.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// Ends the broker in order.
    ///
    /// # Errors
    ///
    /// When the process cannot be signalled.
    pub fn stop(&mut self) -> io::Result<()> {
        self.guard.end("TERM")
    }

    /// Starts a stopped broker again, with its data, on the same port.
    ///
    /// # Errors
    ///
    /// When the broker runs already or does not start.
    pub fn start_again(&mut self) -> io::Result<()> {
        if self.guard.pid().is_some() {
            return Err(io::Error::other("the broker runs already; stop it first"));
        }
        self.launch()
    }

    fn settings(&self) -> PathBuf {
        self.guard.path().join("server.properties")
    }

    /// Writes the settings for a port.
    fn configure(&mut self, port: u16) -> io::Result<()> {
        self.port = port;
        let address = self.address();
        let controller = format!("{}:{}", Ipv4Addr::LOCALHOST, free_port()?);
        let data = self.guard.path().join("data");
        let settings = format!(
            "process.roles=broker,controller\n\
             node.id=1\n\
             controller.quorum.voters=1@{controller}\n\
             listeners=PLAINTEXT://{address},CONTROLLER://{controller}\n\
             advertised.listeners=PLAINTEXT://{address}\n\
             controller.listener.names=CONTROLLER\n\
             inter.broker.listener.name=PLAINTEXT\n\
             log.dirs={}\n\
             num.partitions={PARTITIONS}\n\
             auto.create.topics.enable=true\n\
             offsets.topic.replication.factor=1\n",
            data.display()
        );
        fs::write(self.settings(), settings)
    }

    fn arguments(&self) -> Vec<String> {
        let options = JAVA_OPTIONS.map(str::to_owned).into_iter();
        options
            .chain(["-cp".to_owned(), self.classpath.clone()])
            .collect()
    }

    /// Makes the data directory what the broker expects.
    fn format(&self) -> io::Result<()> {
        let mut command = Command::new(&self.java);
        command
            .args(self.arguments())
            .args(["kafka.tools.StorageTool", "format"])
            .args(["--cluster-id", CLUSTER, "--config"])
            .arg(self.settings());
        self.guard.prepare(&mut command);
        output_of(&mut command).map(drop)
    }

    fn launch(&mut self) -> io::Result<()> {
        let mut arguments = self.arguments();
        arguments.push("kafka.Kafka".to_owned());
        arguments.push(self.settings().display().to_string());
        self.guard.launch(&self.java, &arguments)?;
        let port = self.port;
        self.guard.wait_until(START_TIMEOUT, |_| {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
        })
    }
}
