//! Re-encryption of all encrypted columns with the current key, in bounded
//! batches. It goes by what is stored, so it can be interrupted and repeated;
//! the log says how far it is.

use agentidp_domain::error::StoreError;
use agentidp_domain::unit_of_work::{LockStore, Mode, Scope};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl,
    TextExpressionMethods,
};
use secrecy::ExposeSecret;

use super::statement::Statement;
use super::{SqlStore, SqlUnitOfWork};
use crate::rows::{
    DELEGATION_KEY_VAULT_PATH, DELEGATION_SECRET, DID_KEY_VAULT_PATH, DID_PRIVATE_KEY,
    EncryptedColumn, KEY_VAULT_PATH, PRIVATE_KEY, SECRET_HASH, SIGNING_SECRET,
    SIGNING_SECRET_VAULT_PATH, VAULT_PATH,
};
use crate::schema::{
    agent_did_keys, credentials, delegation_keys, oidc_keys, webhook_subscriptions,
};
use crate::status::RotationState;
use crate::types::DbId;

const LOCK: &str = "reencrypt";

/// One batch: where to go on, and how many rows were changed.
struct Batch<K> {
    last: Option<K>,
    changed: u64,
}

/// Defines two methods per table: one that re-encrypts a batch of its rows
/// after a key, one that says whether it has such rows. Every table has two
/// encrypted columns: a secret, which some need, and a path in Vault.
macro_rules! batches {
    ($($method:ident, $outdated:ident: $table:ident by $key:ident: $id:ty,
        $first:ident: $secret:ty = $first_column:ident, $second:ident = $second_column:ident;)+) => {$(
        async fn $outdated(&mut self) -> Result<bool, StoreError> {
            use $table::dsl;

            let current = format!("{}%", self.cipher.current_prefix());
            let outdated = dsl::$first
                .nullable()
                .not_like(&current)
                .or(dsl::$second.nullable().not_like(&current));
            let row: Option<$id> = $table::table
                .filter(outdated)
                .select(dsl::$key)
                .row(self).await?;
            Ok(row.is_some())
        }

        async fn $method(
            &mut self,
            after: Option<$id>,
            limit: i64,
        ) -> Result<Batch<$id>, StoreError> {
            use $table::dsl;

            let current = format!("{}%", self.cipher.current_prefix());
            let outdated = dsl::$first
                .nullable()
                .not_like(&current)
                .or(dsl::$second.nullable().not_like(&current));
            let query = $table::table
                .filter(dsl::$key.gt(after.unwrap_or_default()))
                .filter(outdated)
                .order(dsl::$key)
                .limit(limit)
                .select((dsl::$key, dsl::$first, dsl::$second));
            let rows: Vec<($id, $secret, Option<String>)> = for_update!(query)
                .rows(self).await?;
            let mut batch = Batch {
                last: None,
                changed: 0,
            };
            for (key, first, second) in rows {
                let row = key.to_string();
                let first = self.renew(first, $first_column, &row)?;
                let second = self.renew(second, $second_column, &row)?;
                diesel::update($table::table.find(&key))
                    .set((dsl::$first.eq(first), dsl::$second.eq(second)))
                    .run(self).await?;
                batch.last = Some(key);
                batch.changed += 1;
            }
            Ok(batch)
        }
    )+};
}

/// Batch after batch of a table; the number of rows changed.
macro_rules! all_batches {
    ($store:expr, $run:expr, $limit:expr, $table:ident by $batch:ident) => {{
        let mut changed: u64 = 0;
        let mut after = None;
        loop {
            let mut work = $store.begin_work(Scope::System, Mode::Write).await?;
            LockStore::lock(&mut work, LOCK).await?;
            let batch = work.$batch(after.take(), $limit).await?;
            if batch.changed > 0 {
                work.log_batch($run, stringify!($table), batch.changed)
                    .await?;
            }
            work.finish().await?;
            changed = changed.saturating_add(batch.changed);
            if batch.last.is_none() {
                break changed;
            }
            after = batch.last;
        }
    }};
}

/// Re-encrypts what is not encrypted with the current key; returns the number
/// of rows changed.
pub(super) async fn reencrypt(store: &SqlStore, limit: i64) -> Result<u64, StoreError> {
    let limit = limit.max(1);
    let mut work = store.begin_work(Scope::System, Mode::Write).await?;
    LockStore::lock(&mut work, LOCK).await?;
    let run = work.begin_run().await?;
    work.finish().await?;
    let mut changed: u64 = 0;
    // Meanwhile a server may have written with the key it knew, behind the
    // back of this run.
    loop {
        let more = pass(store, run, limit).await?;
        if more == 0 {
            break;
        }
        changed = changed.saturating_add(more);
    }
    let mut work = store.begin_work(Scope::System, Mode::Write).await?;
    work.finish_run(run).await?;
    work.finish().await?;
    Ok(changed)
}

/// Goes once over all tables.
async fn pass(store: &SqlStore, run: DbId, limit: i64) -> Result<u64, StoreError> {
    let changed = [
        all_batches!(store, run, limit, credentials by reencrypt_credentials),
        all_batches!(store, run, limit, oidc_keys by reencrypt_signing_keys),
        all_batches!(store, run, limit, agent_did_keys by reencrypt_did_keys),
        all_batches!(store, run, limit, delegation_keys by reencrypt_delegation_keys),
        all_batches!(store, run, limit, webhook_subscriptions by reencrypt_webhook_subscriptions),
    ];
    Ok(changed.into_iter().fold(0, u64::saturating_add))
}

/// Where the change to the current key stands.
pub(super) async fn rotation_state(store: &SqlStore) -> Result<RotationState, StoreError> {
    let mut work = store.begin_work(Scope::System, Mode::Snapshot).await?;
    let unfinished = work.unfinished_run().await?.is_some();
    let pending = unfinished || (!work.has_finished_run().await? && work.is_outdated().await?);
    let highest_version = work.highest_run().await?;
    work.finish().await?;
    Ok(RotationState {
        pending,
        highest_version,
    })
}

impl SqlUnitOfWork {
    batches! {
        reencrypt_credentials, outdated_credentials: credentials by credential_id: DbId,
            secret_hash: String = SECRET_HASH, vault_path = VAULT_PATH;
        reencrypt_signing_keys, outdated_signing_keys: oidc_keys by kid: String,
            private_key: Option<String> = PRIVATE_KEY, vault_path = KEY_VAULT_PATH;
        reencrypt_did_keys, outdated_did_keys: agent_did_keys by key_id: DbId,
            private_key: Option<String> = DID_PRIVATE_KEY, vault_key_path = DID_KEY_VAULT_PATH;
        reencrypt_delegation_keys, outdated_delegation_keys: delegation_keys by key_id: DbId,
            secret: Option<String> = DELEGATION_SECRET, vault_path = DELEGATION_KEY_VAULT_PATH;
        reencrypt_webhook_subscriptions, outdated_webhook_subscriptions:
            webhook_subscriptions by subscription_id: DbId,
            signing_secret: Option<String> = SIGNING_SECRET,
            vault_secret_path = SIGNING_SECRET_VAULT_PATH;
    }

    /// Whether any row is not encrypted with the current key.
    async fn is_outdated(&mut self) -> Result<bool, StoreError> {
        Ok(self.outdated_credentials().await?
            || self.outdated_signing_keys().await?
            || self.outdated_did_keys().await?
            || self.outdated_delegation_keys().await?
            || self.outdated_webhook_subscriptions().await?)
    }

    /// The same value, encrypted with the current key.
    fn renew<S: Stored>(
        &self,
        stored: S,
        column: EncryptedColumn,
        row: &str,
    ) -> Result<S, StoreError> {
        stored.try_map(|stored| {
            let clear = column.decrypt(&self.cipher, row, &stored)?;
            column.encrypt(&self.cipher, row, clear.expose_secret())
        })
    }
}

/// What an encrypted column holds: a value, or perhaps none.
trait Stored: Sized {
    fn try_map<F>(self, renew: F) -> Result<Self, StoreError>
    where
        F: Fn(String) -> Result<String, StoreError>;
}

impl Stored for String {
    fn try_map<F>(self, renew: F) -> Result<Self, StoreError>
    where
        F: Fn(String) -> Result<String, StoreError>,
    {
        renew(self)
    }
}

impl Stored for Option<String> {
    fn try_map<F>(self, renew: F) -> Result<Self, StoreError>
    where
        F: Fn(String) -> Result<String, StoreError>,
    {
        self.map(renew).transpose()
    }
}
