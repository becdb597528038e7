//! kill -9 under mixed load, again and again: everything that was acknowledged
//! is there, nothing that must be refused is accepted, and nothing in the logs
//! is broken.
//!
//! | Variable | Default | Meaning |
//! |---|---|---|
//! | `AGENTIDP_TEST_KILL_ROUNDS` | 4 | kills on each store; 50 before a release |
//! | `AGENTIDP_TEST_KILL_SEED` | the time | draws what is done, and when the kill comes |

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use agentidp_testkit::requirements;
use serde_json::json;

use super::dice::Dice;
use super::mixed::{Findings, Worker};
use super::tables::{consistent, gaps};
use crate::harness::{
    Api, HEAVY, Installation, Server, Tenant, platform_token, tenant, unix_now, until,
};

const ROUNDS: &str = "AGENTIDP_TEST_KILL_ROUNDS";
const SEED: &str = "AGENTIDP_TEST_KILL_SEED";

const WORKERS: usize = 6;
/// Answers before a kill, at most.
const ANSWERS: u64 = 160;
/// Time for so many.
const ANSWERED: Duration = Duration::from_secs(60);
const SCOPES: &str = "agents:read agents:write tokens:read audit:read webhooks:read webhooks:write";

#[tokio::test(flavor = "multi_thread")]
async fn loses_nothing_on_the_embedded_store() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    if installation.database.is_accessible() {
        kills(installation, "the embedded store").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn loses_nothing_on_postgres() {
    if let Some(installation) = Installation::scaled() {
        kills(installation, "PostgreSQL").await;
    }
}

fn number(variable: &str, default: u64) -> u64 {
    let wish = requirements::wish(variable);
    wish.map_or(default, |text| text.parse().expect(variable))
}

async fn kills(mut installation: Installation, store: &str) {
    let _turn = HEAVY.acquire().await;
    // Checks of rotated secrets fail, as they should, and often.
    installation.set("AUTH_FAILURE_LIMIT", "1000000");
    installation.set("WEBHOOK_ALLOW_INSECURE_TARGETS", "true");
    let rounds = number(ROUNDS, 4);
    let seed = number(SEED, u64::try_from(unix_now()).unwrap());
    println!("{SEED}={seed}");
    let mut stage = Stage::set(&installation, Dice::new(seed)).await;
    for round in 1..=rounds {
        stage.kill().await;
        stage.check(round == rounds).await;
    }
    stage.quota_is_exact().await;
    let Findings {
        acknowledged,
        lost,
        wrong,
        ..
    } = stage.findings;
    let gaps = gaps(&installation);
    let line = format!(
        "kill -9 on {store}: {rounds} rounds, {acknowledged} acknowledged writes, \
         {lost} lost, {gaps} gaps, {wrong} wrong accepts"
    );
    // Written past the capture of the test harness, so that it is always seen.
    let _ = writeln!(std::io::stdout(), "{line}");
    assert!(acknowledged > 0, "nothing was done");
}

struct Stage<'a> {
    installation: &'a Installation,
    server: Option<Server>,
    tenant: Tenant,
    workers: Vec<Worker>,
    /// Events of new agents from before anybody subscribed to them.
    untold: i64,
    findings: Findings,
    dice: Dice,
}

impl<'a> Stage<'a> {
    async fn set(installation: &'a Installation, mut dice: Dice) -> Self {
        let server = installation.start();
        let (tenant, _) = tenant(installation, &server, "kill").await;
        let admin = server.api.token(&tenant.admin, SCOPES).await;
        let untold = created(installation, &tenant);
        let mut workers = Vec::new();
        for number in 0..WORKERS {
            let event = if number == 0 {
                "agent.created"
            } else {
                "agent.decommissioned"
            };
            let worker = Worker::new(&server.api, &admin, number, event, dice.split());
            workers.push(worker.await);
        }
        Self {
            installation,
            server: Some(server),
            tenant,
            workers,
            untold,
            findings: Findings::default(),
            dice,
        }
    }

    /// Lets all work, and kills the server after so many answers as the dice
    /// tell; starts it again.
    async fn kill(&mut self) {
        let server = self.server.take().unwrap();
        let answers = Arc::new(AtomicU64::new(0));
        let working = self.workers.drain(..).map(|mut worker| {
            let (api, answers) = (Api::at(server.port), Arc::clone(&answers));
            tokio::spawn(async move {
                worker.work(&api, &answers).await;
                worker
            })
        });
        let working: Vec<_> = working.collect();
        let moment = 1 + self.dice.below(ANSWERS);
        until("enough answers", ANSWERED, || async {
            answers.load(Ordering::SeqCst) >= moment
        })
        .await;
        server.kill();
        for worker in working {
            self.workers.push(worker.await.unwrap());
        }
        self.server = Some(self.installation.start());
    }

    async fn check(&mut self, last: bool) {
        let installation = self.installation;
        let api = &self.server.as_ref().unwrap().api;
        let mut received = BTreeMap::new();
        for worker in &mut self.workers {
            if last {
                worker.forget_what_was_checked();
            }
            worker.check(api, &mut self.findings).await;
            received.insert(worker.agent().to_owned(), worker.issued);
        }
        let notes = &self.findings.notes;
        assert!(notes.is_empty(), "{notes:#?}");
        installation.succeed(&["verify-audit"]);
        consistent(installation, &self.tenant.id, &received);
        let database = &installation.database;
        let told = format!(
            "SELECT count(*) FROM event_outbox \
             WHERE organization_id = {} AND event_type = 'agent.created'",
            database.id(&self.tenant.id)
        );
        assert_eq!(
            database.number(&told),
            created(installation, &self.tenant) - self.untold,
            "events on their way out, and agents"
        );
    }

    /// Two more tokens are allowed: there are two, and not a third.
    async fn quota_is_exact(&self) {
        let installation = self.installation;
        let server = self.server.as_ref().unwrap();
        let count = format!(
            "SELECT sum(count) FROM token_monthly_counts WHERE organization_id = {}",
            installation.database.id(&self.tenant.id)
        );
        let limit = installation.database.number(&count) + 2;
        let platform = platform_token(installation, server).await;
        let path = format!("/api/v1/organizations/{}", self.tenant.id);
        let body = json!({"maxTokensPerMonth": limit});
        let api = &server.api;
        api.patch(&platform, &path, &body).await.expect(200);
        for status in [200, 200, 403] {
            let answer = api.try_token(&self.tenant.admin, "").await.unwrap();
            assert_eq!(answer.status, status, "{}", answer.text);
        }
    }
}

/// Events of new agents in the log of an organization.
fn created(installation: &Installation, tenant: &Tenant) -> i64 {
    let database = &installation.database;
    database.number(&format!(
        "SELECT count(*) FROM audit_events WHERE organization_id = {} \
         AND action = 'agent.created'",
        database.id(&tenant.id)
    ))
}
