//! The audit log in the report.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agentidp_domain::audit::AuditRecord;
use agentidp_domain::cache::NoCache;
use agentidp_domain::compliance::{AuditResult, ComplianceService};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::{EventId, OrganizationId};
use agentidp_domain::unit_of_work::{Mode, Scope, Store, UnitOfWork};
use agentidp_jose::Factory;
use async_trait::async_trait;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ask, audit_section};
use crate::support::{Api, Identity, Setup, identities};

fn log(of: &Identity) -> OrganizationId {
    of.organization.parse().unwrap()
}

/// Adds an event whose content does not give its hash; its id.
async fn tamper(api: &Api, of: &Identity) -> String {
    let log = log(of);
    let mut work = api.world.ports.write(Scope::System).await.unwrap();
    let mut heads = work.audit().lock_heads(&[log]).await.unwrap();
    let mut head = heads.remove(0);
    let last = work.audit().range(log, head.next_sequence - 1, 1).await;
    let last = last.unwrap().remove(0);
    let forged = AuditRecord {
        event_id: EventId::new(Uuid::new_v4()),
        sequence: head.next_sequence,
        previous_hash: last.hash.clone(),
        ..last
    };
    head.next_sequence += 1;
    head.last_hash.clone_from(&forged.hash);
    let id = forged.event_id.to_string();
    work.audit().append(&[forged], &[head]).await.unwrap();
    work.commit().await.unwrap();
    id
}

#[actix_web::test]
async fn a_broken_log_fails_and_names_the_event() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let before = api.event_count(&acme).await;
    let event = tamper(&api, &acme).await;
    let section = audit_section(&api, &acme).await;
    assert_eq!(
        section,
        json!({
            "name": "audit-trail",
            "status": "fail",
            "summary": {
                "verified": false,
                "checkedCount": before + 1,
                "brokenAtEventId": event,
            },
            "findings": [{
                "eventId": event,
                "severity": "fail",
                "message": "The audit log is broken at this event.",
            }],
            "truncated": false,
        })
    );
    assert_eq!(audit_section(&api, &other).await["status"], "pass");
}

#[actix_web::test]
async fn what_the_job_found_counts_for_an_hour() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let walked = api.event_count(&acme).await;
    let found = AuditResult {
        checked: 12_345,
        broken_at: None,
    };
    let now = api.world.ports.now();
    api.world.audit_results.note(log(&acme), found, now);
    let count = |section: &Value| section["summary"]["checkedCount"].as_i64();
    // Each report comes 301 s later.
    for _ in 0..11 {
        let section = audit_section(&api, &acme).await;
        assert_eq!(count(&section), Some(12_345));
    }
    let section = audit_section(&api, &acme).await;
    assert_eq!(count(&section), Some(walked), "walked anew");
}

/// A store that begins no second snapshot while it is `limited`.
struct OneSnapshot {
    inner: Arc<dyn Store>,
    limited: Arc<AtomicBool>,
    begun: AtomicBool,
}

#[async_trait]
impl Store for OneSnapshot {
    async fn begin(&self, scope: Scope, mode: Mode) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let limited = self.limited.load(Ordering::SeqCst);
        if mode == Mode::Snapshot && self.begun.swap(limited, Ordering::SeqCst) && limited {
            return Err(StoreError::Unavailable("on purpose".to_owned()));
        }
        self.inner.begin(scope, mode).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner.ping().await
    }
}

#[actix_web::test]
async fn a_log_that_cannot_be_checked_warns_and_is_tried_again() {
    let limited = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&limited);
    let api = Setup::default()
        .start_with(move |state| {
            let mut ports = state.ports.clone();
            ports.store = Arc::new(OneSnapshot {
                inner: Arc::clone(&state.ports.store),
                limited: switch,
                begun: AtomicBool::new(false),
            });
            let identities = identities(Arc::new(Factory));
            state.compliance =
                ComplianceService::new(ports, identities, Arc::new(NoCache), Arc::default());
        })
        .await;
    let acme = api.organization("acme").await;
    let report = ask(&api, &acme).await.expect(200);
    assert_eq!(report["status"], "warn");
    assert_eq!(
        report["sections"][1],
        json!({
            "name": "audit-trail",
            "status": "warn",
            "summary": {"verified": false, "checkedCount": 0, "brokenAtEventId": null},
            "findings": [{
                "severity": "warn",
                "message": "The audit log could not be checked.",
            }],
            "truncated": false,
        })
    );
    limited.store(false, Ordering::SeqCst);
    let report = ask(&api, &acme).await.expect(200);
    assert_eq!(report["status"], "pass");
}
