//! Probes of the dependencies.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use agentidp_domain::unit_of_work::Store;
use agentidp_http::{HealthProbe, Probe};
use agentidp_redis::Redis;
use agentidp_vault::Vault;
use async_trait::async_trait;
use futures_util::future::join_all;
use url::Url;

use crate::failure::{Failure, Outcome};

/// Asks database, Redis, Vault and OPA.
pub(crate) struct Health {
    started: Instant,
    store: Arc<dyn Store>,
    redis: Option<Redis>,
    vault: Option<Vault>,
    opa: Option<(reqwest::Client, Url)>,
}

type Answer<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

impl Health {
    /// Probes what is configured.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be made.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        redis: Option<Redis>,
        vault: Option<Vault>,
        opa: Option<&Url>,
    ) -> Outcome<Self> {
        let opa = opa.map(opa_probe).transpose()?;
        Ok(Self {
            started: Instant::now(),
            store,
            redis,
            vault,
            opa,
        })
    }
}

fn opa_probe(base: &Url) -> Outcome<(reqwest::Client, Url)> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(Failure::during("HTTP client"))?;
    let url = format!("{}/health", base.as_str().trim_end_matches('/'));
    let url = url.parse().map_err(Failure::during("OPA_URL"))?;
    Ok((client, url))
}

#[async_trait]
impl HealthProbe for Health {
    async fn probe(&self, timeout: Duration) -> Vec<Probe> {
        let mut probes: Vec<(&'static str, Answer<'_>)> = vec![(
            "postgres",
            Box::pin(async { self.store.ping().await.is_ok() }),
        )];
        if let Some(redis) = &self.redis {
            probes.push(("redis", Box::pin(async { redis.ping().await.is_ok() })));
        }
        if let Some(vault) = &self.vault {
            probes.push(("vault", Box::pin(async { vault.health().await.is_ok() })));
        }
        if let Some((client, url)) = &self.opa {
            let answer = client.get(url.clone()).send();
            let is_ok = |answer: reqwest::Response| answer.status() == reqwest::StatusCode::OK;
            probes.push((
                "opa",
                Box::pin(async move { answer.await.is_ok_and(is_ok) }),
            ));
        }
        let measured = probes.into_iter().map(|(service, answer)| async move {
            let begun = Instant::now();
            let answered = tokio::time::timeout(timeout, answer).await.unwrap_or(false);
            Probe {
                service,
                answered,
                elapsed: begun.elapsed().min(timeout),
            }
        });
        join_all(measured).await
    }

    fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}
