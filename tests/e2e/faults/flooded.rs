//! A server that somebody plays tricks on, and others who notice nothing.

use crate::harness::resources::{MEMORY_BOUND, peak_memory};
use crate::harness::{Api, Client, Installation, Server, agents, tenant};

/// A server over the embedded store, an organization and an agent.
pub struct Flooded {
    pub installation: Installation,
    pub server: Server,
    /// Id of the organization.
    pub tenant: String,
    /// A token of its administrator.
    pub admin: String,
    pub client: Client,
}

impl Flooded {
    /// Sets it. `None`: the test was reported as skipped.
    pub async fn set(slug: &str) -> Option<Self> {
        let installation = Installation::embedded()?;
        let server = installation.start();
        let (tenant, admin) = tenant(&installation, &server, slug).await;
        let client = agents(&server.api, &admin, slug, 1).await.remove(0);
        Some(Self {
            tenant: tenant.id,
            installation,
            server,
            admin,
            client,
        })
    }

    /// Somebody with connections of their own gets what they ask for.
    pub async fn serves_others(&self) {
        let api = Api::at(self.server.port);
        let token = api.token(&self.client, "").await;
        assert!(api.accepts(&token).await);
        let agents = api.get(&token, "/api/v1/agents").await.expect(200);
        assert!(agents["total"].as_i64() > Some(0), "{agents}");
    }

    /// The memory of the server is and was within what is promised.
    pub fn stays_small(&self) {
        let peak = peak_memory(self.server.pid());
        println!("{peak} MiB");
        assert!(peak < MEMORY_BOUND, "{peak} MiB");
    }
}
