//! Logs on stderr, traces to an OTLP collector.

use std::io::IsTerminal;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};
use url::Url;

use crate::config::TelemetryConfig;
use crate::failure::{Failure, Outcome};

const SERVICE: &str = "agentidp";

/// Keeps the export of traces running.
pub(crate) struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Starts logging at `level` unless configured otherwise, and exports
    /// traces if a collector is configured. To be called outside of the async
    /// runtime, which the exporter's HTTP client does not tolerate.
    ///
    /// # Errors
    ///
    /// A collector that cannot be used.
    pub(crate) fn start(config: &TelemetryConfig, level: &str) -> Outcome<Self> {
        let filter = config
            .filter
            .as_deref()
            .and_then(|filter| EnvFilter::try_new(filter).ok())
            // The Kafka client tells of every attempt; who publishes logs the outcome.
            .unwrap_or_else(|| EnvFilter::new(format!("{level},rskafka=off")));
        let logs = fmt::layer().with_writer(std::io::stderr);
        let logs = if config.json {
            logs.json()
                .flatten_event(true)
                .with_span_list(false)
                .boxed()
        } else {
            logs.with_ansi(std::io::stderr().is_terminal()).boxed()
        };
        let provider = config
            .collector
            .as_ref()
            .map(exporting)
            .transpose()
            .map_err(Failure::during("OTEL_EXPORTER_OTLP_ENDPOINT"))?;
        let traces = provider
            .as_ref()
            .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer(SERVICE)));
        tracing_subscriber::registry()
            .with(filter)
            .with(traces)
            .with(logs)
            .try_init()
            .map_err(Failure::during("logs cannot be written"))?;
        if config.json {
            // One line like every other, and no stack trace.
            std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
        }
        Ok(Self { provider })
    }

    /// Sends what is still waiting and ends. Outside of the async runtime.
    pub(crate) fn finish(self) {
        if let Some(provider) = self.provider
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "the last traces could not be exported");
        }
    }
}

/// A provider that exports to the collector at `base`.
fn exporting(base: &Url) -> Result<SdkTracerProvider, ExporterBuildError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", base.as_str().trim_end_matches('/')))
        .build()?;
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name(SERVICE).build())
        .build())
}
