//! Logs and traces. Read before everything else and without errors, so that
//! errors in other settings can be logged.

use url::Url;

use crate::config::environment::Variables;
use crate::config::reader::Reader;
use crate::config::server::Environment;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Settings of logs and traces.
#[derive(Debug)]
pub(crate) struct TelemetryConfig {
    /// `RUST_LOG`.
    pub(crate) filter: Option<String>,
    /// Logs as JSON.
    pub(crate) json: bool,
    /// Base URL of an OTLP collector.
    pub(crate) collector: Option<Url>,
}

impl TelemetryConfig {
    /// Reads what can be read.
    pub(crate) fn read(variables: &Variables) -> Self {
        let mut reader = Reader::new(variables);
        let environment = reader.choice("APP_ENV", &Environment::WORDS, Environment::Development);
        Self {
            filter: variables.get("RUST_LOG").map(str::to_owned),
            json: environment.is_production(),
            collector: reader.url(ENDPOINT, &["http", "https"]),
        }
    }

    /// Notes what is wrong with these settings.
    pub(super) fn check(reader: &mut Reader<'_>) {
        let _ = reader.url(ENDPOINT, &["http", "https"]);
        if let Some(filter) = reader.text("RUST_LOG")
            && let Err(error) = tracing_subscriber::EnvFilter::try_new(filter)
        {
            reader.refuse("RUST_LOG", error);
        }
    }
}
