//! Two replicas over one database and one Redis.

use std::thread;

use super::{Agent, Client, Installation, Server, Tenant, tenant};

/// Two running replicas, an organization and a token of its administrator.
pub struct Pair {
    pub installation: Installation,
    pub a: Server,
    pub b: Server,
    pub tenant: Tenant,
    pub admin: String,
}

impl Pair {
    /// Starts both. `None`: the test was reported as skipped.
    pub async fn start() -> Option<Self> {
        Some(Self::over(Installation::scaled()?).await)
    }

    /// Starts both at the same time.
    pub async fn over(installation: Installation) -> Self {
        let (a, b) = started(&installation);
        let (tenant, admin) = tenant(&installation, &a, "pair").await;
        Self {
            installation,
            a,
            b,
            tenant,
            admin,
        }
    }

    /// Ends both and starts both again.
    pub fn restart(self) -> Self {
        let _ = (self.a.stop(), self.b.stop());
        let (a, b) = started(&self.installation);
        Self { a, b, ..self }
    }

    /// An agent that both replicas know and hold in memory.
    pub async fn agent(&self, name: &str) -> Agent {
        let agent = self
            .a
            .api
            .agent(&self.admin, &format!("{name}@pair.example"))
            .await;
        for api in [&self.a.api, &self.b.api] {
            api.token(&agent.client, "").await;
        }
        agent
    }

    /// A token from A that B accepts.
    pub async fn token(&self, client: &Client) -> String {
        let token = self.a.api.token(client, "").await;
        assert!(self.b.api.accepts(&token).await);
        token
    }
}

fn started(installation: &Installation) -> (Server, Server) {
    thread::scope(|scope| {
        let other = scope.spawn(|| installation.start());
        (installation.start(), other.join().unwrap())
    })
}
