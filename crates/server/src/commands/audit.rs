//! `agentidp verify-audit`.

use std::process::ExitCode;
use std::time::Duration;

use agentidp_domain::audit::{AuditVerifier, Break, Verification};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::ports::Ports;
use agentidp_domain::unit_of_work::Scope;
use tokio::time::{Instant, interval_at};

use crate::cli::VerifyAuditArgs;
use crate::compose::{Installation, Purpose};
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::ui;

/// Organizations looked up at once.
const PAGE: i64 = 200;

/// A log that takes longer says so this often.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(config: &Config, arguments: &VerifyAuditArgs) -> Outcome<ExitCode> {
    let installation = Installation::open(config, Purpose::Operate).await?;
    let ports = &installation.ports;
    let verifier = AuditVerifier::new(ports);
    let (mut logs, mut broken) = (0_u64, 0_u64);
    let mut page = first(ports, arguments.organization).await?;
    while let Some(last) = page.last().copied() {
        for log in page {
            let result = verify(ports, &verifier, log).await?;
            ui::line(describe(log, &result));
            logs += 1;
            broken += u64::from(!result.is_intact());
        }
        page = match arguments.organization {
            Some(_) => Vec::new(),
            None => logs_after(ports, Some(last)).await?,
        };
    }
    installation.database.close();
    if broken == 0 {
        ui::line(format!("{logs} audit logs are intact"));
        return Ok(ExitCode::SUCCESS);
    }
    ui::line(format!("{broken} of {logs} audit logs are BROKEN"));
    ui::remark("Do not repair anything; keep the database as it is, as evidence.");
    Ok(ExitCode::FAILURE)
}

async fn first(
    ports: &Ports,
    organization: Option<OrganizationId>,
) -> Outcome<Vec<OrganizationId>> {
    let Some(id) = organization else {
        return Ok(logs_after(ports, None).await?);
    };
    let mut work = ports.read(Scope::System).await?;
    let known = work.organizations().find(id).await?.is_some();
    work.commit().await?;
    if known {
        Ok(vec![id])
    } else {
        Err(Failure::new(format!("there is no organization {id}")))
    }
}

async fn logs_after(
    ports: &Ports,
    after: Option<OrganizationId>,
) -> Result<Vec<OrganizationId>, StoreError> {
    let mut work = ports.read(Scope::System).await?;
    let page = work.organizations().ids_after(after, PAGE).await?;
    work.commit().await?;
    Ok(page)
}

/// Walks the whole log; a long one is announced while it takes.
async fn verify(
    ports: &Ports,
    verifier: &AuditVerifier,
    log: OrganizationId,
) -> Result<Verification, StoreError> {
    let mut work = ports.read(Scope::System).await?;
    let size = work
        .audit()
        .head(log)
        .await?
        .map_or(0, |head| head.next_sequence);
    work.commit().await?;
    let begun = Instant::now();
    let mut ticks = interval_at(begun + PATIENCE, PATIENCE);
    let mut walk = std::pin::pin!(verifier.verify_from(log, 0));
    loop {
        tokio::select! {
            result = &mut walk => return result,
            _ = ticks.tick() => {
                let seconds = begun.elapsed().as_secs();
                ui::remark(format!("{log}: verifying {size} events, {seconds} s so far"));
            }
        }
    }
}

fn describe(log: OrganizationId, result: &Verification) -> String {
    match result.broken {
        None => format!("{log}  intact  {} events", result.checked),
        Some((event, kind)) => {
            let what = match kind {
                Break::ContentChanged => "its content was changed",
                Break::OrderChanged => "an event before it was inserted, removed or moved",
                Break::Both => "its content was changed, and it does not follow its predecessor",
                Break::EndMissing => "events after it were removed",
            };
            let position = result.intact_until;
            format!("{log}  BROKEN  at event {event}: {what}; intact before position {position}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_names_event_and_position() {
        let event = "33333333-3333-4333-8333-333333333333";
        let result = Verification {
            checked: 5,
            broken: Some((event.parse().unwrap(), Break::ContentChanged)),
            intact_until: 4,
        };
        let line = describe(OrganizationId::SYSTEM, &result);
        assert!(
            line.contains(&format!("BROKEN  at event {event}")),
            "{line}"
        );
        assert!(line.contains("before position 4"), "{line}");
    }
}
