//! `agentidp serve`.

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use agentidp_domain::token::RotationKind;
use agentidp_domain::usage::UsageMeter;
use agentidp_http::{Capacity, Drain};
use agentidp_rego::RegoPolicy;
use tokio::task::JoinHandle;

use crate::bootstrap_file;
use crate::cli::ServeArgs;
use crate::compose::{App, Installation, Purpose};
use crate::config::{Config, ServerConfig};
use crate::failure::{Failure, Outcome};
use crate::jobs::{self, Jobs};
use crate::open_files;
use crate::signals::{Request, Signals};
use crate::ui;

/// Time that running requests get at shutdown: a body and a query may take ten
/// seconds each. Kubernetes and ECS give 30 seconds for everything before they kill.
const GRACE: Duration = Duration::from_secs(20);

/// Time for load balancers to see in `/health` that the end comes, a few of
/// their probes.
const NOTICE: Duration = Duration::from_secs(5);

/// Leaves the last writes five seconds of them.
const _: () = assert!(NOTICE.as_secs() + GRACE.as_secs() <= 25);

/// Nobody sends any more when no request came for this long.
const QUIET: Duration = Duration::from_secs(1);

/// Pause between two looks at whether somebody still sends.
const LOOK: Duration = Duration::from_millis(50);

pub(super) async fn run(mut config: Config, arguments: &ServeArgs) -> Outcome<ExitCode> {
    let signals = Signals::listen()?;
    // Port 0 is resolved at once: the port is part of the default issuer.
    let early = if config.server.port == 0 {
        let listener = bind(&config.server)?;
        let address = listener.local_addr().map_err(Failure::during("listener"))?;
        config.server.port = address.port();
        Some(listener)
    } else {
        None
    };
    let purpose = if arguments.migrate {
        Purpose::ServeMigrating
    } else {
        Purpose::Serve
    };
    let installation = Installation::open(&config, purpose).await?;
    tracing::info!(
        "[AgentIdP] EncryptionService enabled — sensitive columns encrypted at rest (SOC 2 CC6.1)"
    );
    prepare_keys(&config, &installation).await?;
    check_redis(&installation).await;
    let app = App::compose(&config, &installation)?;
    app.replica.catch_up().await?;
    let first_start = bootstrap(&config, &installation).await?;
    let listener = match early {
        Some(listener) => listener,
        None => bind(&config.server)?,
    };
    let running = Running::start(&config, installation, app, listener)?;
    greet(&config.server, first_start);
    running.until_stopped(signals).await
}

fn bind(config: &ServerConfig) -> Outcome<TcpListener> {
    let (host, port) = (config.host.as_str(), config.port);
    let failed = format!("cannot listen on {host}, port {port}; check HOST and PORT");
    TcpListener::bind((host, port)).map_err(Failure::during(failed))
}

async fn prepare_keys(config: &Config, installation: &Installation) -> Outcome<()> {
    installation.keys.maintain().await?;
    if config.identity.delegation {
        installation.delegation_keys.load().await?;
    }
    if config.tokens.force_rotation {
        let rotated = installation.keys.rotate(RotationKind::Forced).await?;
        tracing::info!(rotated, "OIDC_FORCE_KEY_ROTATION");
    }
    Ok(())
}

async fn check_redis(installation: &Installation) {
    match &installation.redis {
        None => tracing::info!("REDIS_URL is not set: only a single replica may run"),
        Some(redis) => {
            if let Err(error) = redis.ping().await {
                tracing::warn!(%error, "Redis cannot be reached; going on without it");
            }
        }
    }
}

/// Creates the first administrator of an empty embedded store; whether it did.
async fn bootstrap(config: &Config, installation: &Installation) -> Outcome<bool> {
    let service = installation.bootstrap();
    if installation.shared || service.is_done().await? {
        return Ok(false);
    }
    let made = service.create().await?;
    bootstrap_file::write(&config.server, &made)?;
    Ok(true)
}

/// Tells people where to begin, and everybody that the server is ready.
fn greet(config: &ServerConfig, first_start: bool) {
    let url = config.local_url();
    let file = bootstrap_file::path(config);
    if first_start {
        ui::line(format!(
            "\nAgentIdP {} is set up.\n",
            env!("CARGO_PKG_VERSION")
        ));
        ui::line(format!("  API            {url}/api/v1"));
        ui::line(format!("  Documentation  {url}/api-docs"));
        ui::line(format!(
            "  Administrator  {}  (keep it secret)\n",
            file.display()
        ));
        ui::line("Get an access token:\n");
        ui::line(format!(
            "  {}\n",
            bootstrap_file::token_command(&url, &file)
        ));
    } else if file.exists() {
        let file = file.display();
        ui::line(format!("API {url}/api/v1, administrator in {file}"));
    }
    ui::line(format!(
        "SentryAgent.ai AgentIdP listening on port {}",
        config.port
    ));
}

/// A server that answers.
struct Running {
    installation: Installation,
    drain: Arc<Drain>,
    policy: Arc<RegoPolicy>,
    journal: agentidp_domain::token::JournalTask,
    meter: Arc<UsageMeter>,
    jobs: Jobs,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
}

impl Running {
    fn start(
        config: &Config,
        installation: Installation,
        app: App,
        listener: TcpListener,
    ) -> Outcome<Self> {
        let jobs = jobs::start(config, &installation, &app);
        let capacity = Capacity {
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            connections: open_files::connections(config.store.pool.max),
            grace: GRACE,
        };
        let drain = Arc::clone(&app.state.drain);
        let server = agentidp_http::run(listener, app.state, capacity, agentidp_web::configure)
            .map_err(Failure::during("HTTP server"))?;
        Ok(Self {
            installation,
            drain,
            policy: app.policy,
            journal: app.journal,
            meter: app.meter,
            jobs,
            handle: server.handle(),
            server: tokio::spawn(server),
        })
    }

    async fn until_stopped(mut self, mut signals: Signals) -> Outcome<ExitCode> {
        let code = loop {
            tokio::select! {
                request = signals.next() => match request {
                    Request::Reload => reload(Arc::clone(&self.policy)),
                    Request::Stop => break ExitCode::SUCCESS,
                },
                ended = &mut self.server => {
                    tracing::error!(?ended, "the HTTP server ended by itself");
                    break ExitCode::FAILURE;
                }
            }
        };
        signals.exit_on_stop();
        self.stop().await;
        Ok(code)
    }

    /// Requests first, since they need everything else.
    async fn stop(self) {
        self.give_notice().await;
        tracing::info!("shutting down: running requests have {GRACE:?}");
        self.handle.stop(true).await;
        self.journal.finish().await;
        self.jobs.stop().await;
        if let Err(error) = self.meter.flush().await {
            let calls = self.meter.pending();
            tracing::error!(%error, calls, "the last API calls were not counted");
        }
        self.installation.database.close();
        tracing::info!("shut down");
    }

    /// Announces the end and goes on serving while requests come. To stop at
    /// once would break those that are on their way.
    async fn give_notice(&self) {
        self.drain.announce();
        tracing::info!("the end is announced: new requests are served for at most {NOTICE:?}");
        let deadline = Instant::now() + NOTICE;
        while self.drain.is_busy(QUIET) && Instant::now() < deadline {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Reads the policy again on a thread of its own; success and failure are
/// logged there.
fn reload(policy: Arc<RegoPolicy>) {
    tokio::task::spawn_blocking(move || drop(policy.reload()));
}
