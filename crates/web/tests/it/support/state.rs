//! What the site needs, out of a world.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentidp_http::{AppState, HealthProbe, HttpSettings, Probe};
use agentidp_testkit::api;
use agentidp_testkit::world::World;
use async_trait::async_trait;

pub fn of(world: &World, probes: &Arc<Probes>) -> AppState {
    let settings = HttpSettings {
        access_log: false,
        ..api::settings()
    };
    AppState {
        health: probes.clone(),
        ..api::state(world, settings)
    }
}

/// Dependencies that are as well as a test says: name, and whether it answers.
#[derive(Default)]
pub struct Probes(Mutex<Vec<(&'static str, bool)>>);

impl Probes {
    pub fn set(&self, services: &[(&'static str, bool)]) {
        *self.0.lock().unwrap() = services.to_vec();
    }
}

#[async_trait]
impl HealthProbe for Probes {
    async fn probe(&self, _: Duration) -> Vec<Probe> {
        let services = self.0.lock().unwrap().clone();
        let probes = services.into_iter().map(|(service, answered)| Probe {
            service,
            answered,
            elapsed: Duration::ZERO,
        });
        probes.collect()
    }

    fn uptime(&self) -> Duration {
        Duration::from_secs(2 * 86_400 + 3 * 3_600 + 14 * 60)
    }
}
