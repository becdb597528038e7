//! Downloads of the audit log that have to wait for one another.

use std::time::Duration;

use actix_web::rt::spawn;
use agentidp_domain::audit::{AuditError, AuditFilter, AuditService, Export};
use agentidp_domain::caller::Caller;
use futures_util::future::join;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time;

use super::support::{Gate, Site};

const DOWNLOAD: &str = "/dashboard/audit/export?format=json&action=agent.created";

/// Longer than a turn is waited for.
const TOO_LONG: Duration = Duration::from_secs(11);

/// A site whose downloads pass a gate.
struct Archive {
    site: Site,
    audit: AuditService,
    gate: Gate,
}

impl Archive {
    async fn start() -> Self {
        let gate = Gate::shut();
        let mut audit = None;
        let site = Site::start_with(|state| {
            state.audit = AuditService::new(gate.ports(&state.ports));
            audit = Some(state.audit.clone());
        })
        .await;
        Self {
            site,
            audit: audit.unwrap(),
            gate,
        }
    }

    /// So many downloads of another organization. Those that have a turn keep
    /// it until the gate lets them in.
    fn occupy(&self, count: usize) -> Vec<JoinHandle<Result<Export, AuditError>>> {
        let organization_id = "00000000-0000-4000-8000-00000000000f".parse().unwrap();
        let caller = Caller {
            organization_id,
            ..self.site.administrator()
        };
        let download = |_| {
            let (audit, caller) = (self.audit.clone(), caller.clone());
            spawn(async move { audit.export(&caller, &AuditFilter::default()).await })
        };
        (0..count).map(download).collect()
    }

    /// Lets the others go on to their end.
    async fn release(&self, others: Vec<JoinHandle<Result<Export, AuditError>>>) {
        self.gate.others.open(others.len());
        for other in others {
            other.await.unwrap().unwrap();
        }
    }
}

#[actix_web::test]
async fn a_download_that_gets_no_turn_says_when_to_come_again() {
    let archive = Archive::start().await;
    archive.gate.system.open(100);
    let browser = archive.site.browser(&archive.site.operator).await;
    let others = archive.occupy(4);
    archive.gate.others.reached(4).await;
    // From here on time passes by itself where everybody waits.
    time::pause();
    let refused = browser.get(DOWNLOAD).await;
    time::resume();
    refused.shows(503, &["Too many exports are under way.", "role=\"alert\""]);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.header("content-disposition"), None);
    archive.release(others).await;
    browser.get(DOWNLOAD).await.shows(200, &["agent.created"]);
}

#[actix_web::test]
async fn a_download_under_way_waits_for_its_next_turn() {
    let archive = Archive::start().await;
    let (site, gate) = (&archive.site, &archive.gate);
    for number in 0..101 {
        let email = format!("worker-{number}@acme.example");
        site.agent(&email, "team", "agents:read").await;
    }
    let browser = site.browser(&site.operator).await;
    let interruption = async {
        // It has begun, and keeps a turn for its first section.
        gate.system.open(1);
        gate.system.reached(2).await;
        // The last of them is the next in line.
        let others = archive.occupy(4);
        gate.others.reached(3).await;
        gate.system.open(100);
        gate.others.reached(4).await;
        time::pause();
        time::sleep(TOO_LONG).await;
        time::resume();
        archive.release(others).await;
    };
    let (answer, ()) = join(browser.get(DOWNLOAD), interruption).await;
    answer.shows(200, &[]);
    let events: Value = serde_json::from_str(&answer.text).unwrap();
    assert!(events.as_array().unwrap().len() > 100, "{events}");
}
