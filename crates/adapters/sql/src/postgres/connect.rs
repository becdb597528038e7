//! Opening connections.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::error::StoreError;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::timing::Pending;

/// A server that does not acknowledge for so long is taken for lost.
const LOST_AFTER: Duration = Duration::from_secs(30);
/// Pause between two looks at how long an answer is due.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How to reach a PostgreSQL database.
#[derive(Clone)]
pub struct PostgresSettings {
    /// `postgres://user:password@host:5432/database`. With `sslmode=require`
    /// (or `verify-ca`, `verify-full`) the connection uses TLS and the
    /// certificate is always verified against the roots of the system
    /// (`SSL_CERT_FILE` overrides them); without it there is no TLS.
    pub url: SecretString,
    /// Upper bound of open connections.
    pub pool_max: usize,
    /// Connections kept open.
    pub pool_min: usize,
    /// Idle time after which a connection above the minimum is closed.
    pub idle_timeout: Duration,
    /// Longest wait for a free connection.
    pub connection_timeout: Duration,
    /// Longest time to the answer of a query; without one, a statement may take
    /// as long as it needs. A server that hangs goes on to acknowledge what it is
    /// sent, the kernel does that: nothing else ends the wait for it.
    pub answer_within: Option<Duration>,
    /// Longest time from a query whose rows are read one by one, as those of an
    /// audit log are, to the last row: the answer begins with the first one, and
    /// a server that hangs later is noticed by this alone.
    pub rows_within: Duration,
}

impl fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSettings")
            .field("pool_max", &self.pool_max)
            .field("pool_min", &self.pool_min)
            .finish_non_exhaustive()
    }
}

/// Opens connections to one database.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    answer_within: Option<Duration>,
}

impl Connector {
    pub(super) fn new(settings: &PostgresSettings) -> Result<Self, StoreError> {
        // Certificates are always verified, so the stricter names of other
        // clients mean the same here.
        let url = settings
            .url
            .expose_secret()
            .replace("sslmode=verify-full", "sslmode=require")
            .replace("sslmode=verify-ca", "sslmode=require");
        let mut config: Config = url
            .parse()
            .map_err(|error| StoreError::Backend(format!("database URL: {}", chain(&error))))?;
        if config.get_application_name().is_none() {
            config.application_name("agentidp");
        }
        config
            .connect_timeout(settings.connection_timeout)
            .keepalives_idle(LOST_AFTER)
            .tcp_user_timeout(LOST_AFTER);
        let tls = (config.get_ssl_mode() == SslMode::Require)
            .then(tls)
            .transpose()?;
        Ok(Self {
            config,
            tls,
            answer_within: settings.answer_within,
        })
    }

    /// A connection that acts as the login role. It is closed when an answer
    /// is due for too long by `pending`.
    pub(super) async fn open(&self, pending: Arc<Pending>) -> ConnectionResult<AsyncPgConnection> {
        let limit = self.answer_within;
        let client = match &self.tls {
            Some(tls) => {
                let (client, connection) =
                    self.config.connect(tls.clone()).await.map_err(refused)?;
                tokio::spawn(drive(connection, pending, limit));
                client
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(refused)?;
                tokio::spawn(drive(connection, pending, limit));
                client
            }
        };
        AsyncPgConnection::try_from(client).await
    }
}

/// Moves bytes until the connection ends. Giving it up fails the query that
/// waits, and the pool replaces the connection.
async fn drive<S>(
    connection: tokio_postgres::Connection<Socket, S>,
    pending: Arc<Pending>,
    limit: Option<Duration>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    tokio::select! {
        ended = connection => {
            if let Err(error) = ended {
                tracing::debug!(error = %chain(&error), "a database connection ended");
            }
        }
        () = overdue(&pending, limit) => {
            tracing::warn!("the database owes an answer for too long, closing the connection");
        }
    }
}

async fn overdue(pending: &Pending, limit: Option<Duration>) {
    let Some(limit) = limit else {
        return std::future::pending().await;
    };
    while pending.since().is_none_or(|since| since < limit) {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn refused(error: tokio_postgres::Error) -> ConnectionError {
    ConnectionError::BadConnection(chain(&error))
}

/// An error with its causes; the first line alone often says nothing.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

fn tls() -> Result<MakeRustlsConnect, StoreError> {
    let loaded = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(loaded.certs);
    if roots.is_empty() {
        let reason = "no root certificates found for the TLS connection to the database";
        return Err(StoreError::Backend(reason.to_owned()));
    }
    // Named explicitly: with two providers in the program there is no default.
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Backend(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
