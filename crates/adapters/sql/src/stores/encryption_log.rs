//! The log of re-encryptions: one row per run, written in the transactions of
//! its batches.

use agentidp_domain::error::StoreError;
use agentidp_domain::time::{Clock, SystemClock};
use diesel::dsl::max;
use diesel::{ExpressionMethods, QueryDsl};
use uuid::Uuid;

use super::SqlUnitOfWork;
use super::statement::Statement;
use crate::schema::encryption_log::{self, dsl};
use crate::types::{DbId, Micros};

fn now() -> Micros {
    Micros::from(SystemClock.now())
}

impl SqlUnitOfWork {
    /// Begins a run that ends with everything encrypted with the current key.
    /// One that was begun and not finished goes on, with this key.
    pub(super) async fn begin_run(&mut self) -> Result<DbId, StoreError> {
        let version = i64::from(self.cipher.current_version());
        if let Some(run) = self.unfinished_run().await? {
            diesel::update(encryption_log::table.find(run))
                .set(dsl::key_version.eq(version))
                .run(self)
                .await?;
            return Ok(run);
        }
        let run = DbId(Uuid::new_v4());
        diesel::insert_into(encryption_log::table)
            .values((
                dsl::run_id.eq(run),
                dsl::key_version.eq(version),
                dsl::started_at.eq(now()),
                dsl::rows_changed.eq(0_i64),
            ))
            .run(self)
            .await?;
        Ok(run)
    }

    /// Notes that rows of a table were re-encrypted.
    pub(super) async fn log_batch(
        &mut self,
        run: DbId,
        table: &str,
        rows: u64,
    ) -> Result<(), StoreError> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        diesel::update(encryption_log::table.find(run))
            .set((
                dsl::rows_changed.eq(dsl::rows_changed + rows),
                dsl::current_table.eq(table),
            ))
            .run(self)
            .await?;
        Ok(())
    }

    /// Notes that nothing is left to do.
    pub(super) async fn finish_run(&mut self, run: DbId) -> Result<(), StoreError> {
        diesel::update(encryption_log::table.find(run))
            .set((
                dsl::finished_at.eq(Some(now())),
                dsl::current_table.eq(None::<String>),
            ))
            .run(self)
            .await?;
        Ok(())
    }

    pub(super) async fn unfinished_run(&mut self) -> Result<Option<DbId>, StoreError> {
        encryption_log::table
            .filter(dsl::finished_at.is_null())
            .order(dsl::started_at.desc())
            .select(dsl::run_id)
            .row(self)
            .await
    }

    /// Whether a run to the current key was finished.
    pub(super) async fn has_finished_run(&mut self) -> Result<bool, StoreError> {
        let version = i64::from(self.cipher.current_version());
        let run: Option<DbId> = encryption_log::table
            .filter(dsl::finished_at.is_not_null())
            .filter(dsl::key_version.eq(version))
            .select(dsl::run_id)
            .row(self)
            .await?;
        Ok(run.is_some())
    }

    /// The highest version of a key that a run was about.
    pub(super) async fn highest_run(&mut self) -> Result<Option<u32>, StoreError> {
        let highest: Option<i64> = encryption_log::table
            .select(max(dsl::key_version))
            .value(self)
            .await?;
        Ok(highest.and_then(|version| u32::try_from(version).ok()))
    }
}
