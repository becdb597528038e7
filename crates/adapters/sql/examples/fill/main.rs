//! Fills an empty PostgreSQL database for measurements: organizations by a
//! power law, agents, credentials, usage, and audit logs whose hash chains
//! `agentidp verify-audit` finds intact.
//!
//! ```sh
//! agentidp migrate && agentidp bootstrap
//! cargo run --release -p agentidp-sql --example fill -- --help
//! ```
//!
//! Ids, times and contents follow from `--seed` and `--until` alone; only the
//! encryption of secrets draws fresh nonces. Everything is one transaction:
//! what is interrupted leaves the database empty. `cargo xtask scale` runs it
//! and measures the result.
//!
//! | Module | What it makes |
//! |---|---|
//! | [`plan`] | how much of everything, and when |
//! | [`tenants`] | organizations, tiers, administrators |
//! | [`agents`] | agents, credentials, keys of identifiers |
//! | [`events`], [`logs`] | audit events, their chain, usage |
//! | [`secret`] | the secret of all credentials |
//! | [`copy`], [`indexes`] | the way into the database |
//! | [`random`] | numbers that follow from the seed |

mod agents;
mod copy;
mod events;
mod indexes;
mod logs;
mod plan;
mod random;
mod secret;
mod tenants;

use std::error::Error;
use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use agentidp_domain::id::OrganizationId;
use agentidp_domain::time::{Clock, SystemClock, Timestamp};
use clap::Parser;
use tokio_postgres::{Client, NoTls};

use agents::Sketch;
use indexes::Indexes;
use plan::Plan;
use secret::SharedSecret;

/// Result of a step.
type Outcome<T> = Result<T, Box<dyn Error>>;

/// Pause between two lines of progress.
const PATIENCE: Duration = Duration::from_secs(5);

/// Fills an empty, migrated PostgreSQL database for measurements.
#[derive(Parser)]
#[command(name = "fill")]
struct Arguments {
    /// The database, as the owner of its tables who is not bound by row-level
    /// security (a superuser)
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Key ring of the server (`<data dir>/keys/encryption.json`)
    #[arg(long)]
    key_ring: PathBuf,
    /// Where to write id and secret of the administrator of the largest
    /// organization; the file must not exist
    #[arg(long)]
    client: PathBuf,
    /// Organizations
    #[arg(long, default_value_t = 1_000)]
    organizations: u64,
    /// Agents of all organizations; the first organization has a tenth
    #[arg(long, default_value_t = 1_000_000)]
    agents: u64,
    /// Audit events of all organizations; the first organization has a tenth
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// What everything is drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Time of the last event; the first one happened sixty days before
    #[arg(long, default_value_t = SystemClock.now())]
    until: Timestamp,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            note(format!("fill: {error}"));
            let mut cause = error.source();
            while let Some(error) = cause {
                note(format!("  {error}"));
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Outcome<()> {
    let plan = Plan::new(arguments)?;
    let largest = plan.tenants.first().ok_or("there are no organizations")?;
    let secret = SharedSecret::draw(plan.seed, &arguments.key_ring).await?;
    let client = connect(&arguments.database_url).await?;
    require_empty(&client).await?;
    let begun = Instant::now();
    // Parallel builds of indexes need shared memory that containers lack.
    let begin = "BEGIN; SET LOCAL synchronous_commit = off; \
                 SET LOCAL maintenance_work_mem = '512MB'; \
                 SET LOCAL max_parallel_maintenance_workers = 1";
    client.batch_execute(begin).await?;
    let indexes = Indexes::drop(&client).await?;
    copy_all(&client, &plan, &secret, begun).await?;
    let building = |statement: &str| note(format!("{:>5} s  {statement}", seconds(begun)));
    indexes.create(&client, building).await?;
    client.batch_execute("COMMIT").await?;
    building("VACUUM (ANALYZE)");
    client.batch_execute("VACUUM (ANALYZE)").await?;
    let administrator = Sketch::new(&plan, largest, 0);
    secret.write(&arguments.client, largest, administrator.id)?;
    note(format!("{:>5} s  done", seconds(begun)));
    Ok(())
}

async fn connect(url: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            note(format!("fill: the connection was lost: {error}"));
        }
    });
    Ok(client)
}

/// Refuses a database in use. What `agentidp bootstrap` makes may be there.
async fn require_empty(client: &Client) -> Outcome<()> {
    let system = OrganizationId::SYSTEM;
    let query = format!("SELECT count(*) FROM organizations WHERE organization_id <> '{system}'");
    let found: i64 = client.query_one(query.as_str(), &[]).await?.try_get(0)?;
    if found == 0 {
        return Ok(());
    }
    Err(format!(
        "the database holds {found} organizations already; only an empty one is filled, so \
         create another database"
    )
    .into())
}

async fn copy_all(
    client: &Client,
    plan: &Plan,
    secret: &SharedSecret,
    begun: Instant,
) -> Outcome<()> {
    let (mut agents, mut events) = (0, 0);
    let mut told = begun;
    for tenant in &plan.tenants {
        tenants::fill(client, plan, tenant).await?;
        agents::fill(client, plan, tenant, secret).await?;
        tenants::appoint(client, plan, tenant).await?;
        logs::fill(client, plan, tenant).await?;
        agents += tenant.agents;
        events += tenant.events;
        if told.elapsed() > PATIENCE {
            told = Instant::now();
            note(format!(
                "{:>5} s  {} organizations, {agents} agents, {events} events",
                seconds(begun),
                tenant.number + 1
            ));
        }
    }
    Ok(())
}

fn seconds(begun: Instant) -> u64 {
    begun.elapsed().as_secs()
}

/// One line for whoever watches; a closed terminal is no reason to stop.
fn note(line: impl Display) {
    writeln!(std::io::stderr(), "{line}").unwrap_or_default();
}
