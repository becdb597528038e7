//! Removes rows nobody needs any more. One replica at a time.

use std::time::Duration;

use agentidp_domain::error::StoreError;
use agentidp_domain::ports::Ports;
use agentidp_domain::time::Timestamp;
use agentidp_domain::token::CLOCK_MARGIN;
use agentidp_domain::unit_of_work::{Scope, UnitOfWork};
use futures_util::future::BoxFuture;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const QUARTER: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Rows removed per transaction.
const BATCH: i64 = 1_000;

type Prune =
    for<'a> fn(&'a mut dyn UnitOfWork, Timestamp, i64) -> BoxFuture<'a, Result<u64, StoreError>>;

/// Rows that are kept for a while.
#[derive(Clone, Copy)]
pub(super) struct Retention {
    /// Name of the job and of its lock.
    pub(super) name: &'static str,
    /// The earliest time from which rows are kept.
    keep_from: fn(Timestamp) -> Timestamp,
    /// Removes rows from before a time; returns how many.
    prune: Prune,
}

/// Changes every replica has long seen. The database itself knows the hour for
/// which they are kept.
pub(super) const FEED: Retention = Retention {
    name: "prune-feed",
    keep_from: |now| now,
    prune: |work, _before, limit| work.changes().prune(limit),
};

pub(super) const RETENTIONS: [Retention; 7] = [
    // By a clock that is ahead for a while, also tokens that live have expired.
    Retention {
        name: "prune-revocations",
        keep_from: |now| now.minus(CLOCK_MARGIN),
        prune: |work, before, limit| {
            work.tokens()
                .prune_revocations(before.unix_seconds(), limit)
        },
    },
    Retention {
        name: "prune-delegations",
        keep_from: |now| now.minus(QUARTER),
        prune: |work, before, limit| work.delegations().prune(before, limit),
    },
    Retention {
        name: "prune-webhook-deliveries",
        keep_from: |now| now.minus(QUARTER),
        prune: |work, before, limit| work.deliveries().prune(before, limit),
    },
    Retention {
        name: "prune-event-stream",
        keep_from: |now| now.minus(WEEK),
        prune: |work, before, limit| Box::pin(expire(work, before, limit)),
    },
    Retention {
        name: "prune-outbox",
        keep_from: |now| now.minus(DAY),
        prune: |work, before, limit| work.outbox().prune(before, limit),
    },
    Retention {
        name: "prune-usage",
        keep_from: before_this_month,
        prune: |work, before, limit| work.usage().prune(before, limit),
    },
    // Stripe sends an event again for days, and on request for a month.
    Retention {
        name: "prune-stripe-events",
        keep_from: |now| now.minus(QUARTER),
        prune: |work, before, limit| work.billing().prune_events(before, limit),
    },
];

/// Gives up on events that could not be published for a week.
async fn expire(
    work: &mut dyn UnitOfWork,
    before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    let expired = work.stream().expire(before, limit).await?;
    if expired > 0 {
        tracing::error!(
            expired,
            "events were never published, they were kept for a week"
        );
    }
    Ok(expired)
}

/// 90 days before the present month.
fn before_this_month(now: Timestamp) -> Timestamp {
    Timestamp::start_of_day(now.month().first_day()).minus(QUARTER)
}

/// Removes what is older than its retention, in small transactions.
pub(super) async fn prune(ports: Ports, retention: Retention) -> Result<(), StoreError> {
    let mut removed = 0_u64;
    loop {
        let mut work = ports.write(Scope::System).await?;
        if !work.locks().try_lock(retention.name).await? {
            return Ok(());
        }
        let before = (retention.keep_from)(ports.now());
        let batch = (retention.prune)(work.as_mut(), before, BATCH).await?;
        work.commit().await?;
        removed = removed.saturating_add(batch);
        if i64::try_from(batch).is_ok_and(|batch| batch < BATCH) {
            break;
        }
    }
    tracing::info!(job = retention.name, removed, "old rows removed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_kept_for_90_days_and_the_present_month() {
        for (now, from) in [
            ("2026-11-01T00:00:00Z", "2026-08-03T00:00:00.000Z"),
            ("2026-11-30T23:59:59.999Z", "2026-08-03T00:00:00.000Z"),
        ] {
            let kept = before_this_month(now.parse().unwrap());
            assert_eq!(kept.to_string(), from);
        }
    }
}
