//! Re-encryption of all encrypted columns with the current key, in bounded
//! batches. It goes by what is stored, so it can be interrupted and repeated.

use agentidp_domain::error::StoreError;
use agentidp_domain::unit_of_work::{LockStore, Mode, Scope};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl,
    TextExpressionMethods,
};
use diesel_async::RunQueryDsl;
use secrecy::ExposeSecret;

use super::{SqlStore, SqlUnitOfWork, failed};
use crate::rows::{EncryptedColumn, KEY_VAULT_PATH, PRIVATE_KEY, SECRET_HASH, VAULT_PATH};
use crate::schema::{credentials, oidc_keys};
use crate::types::DbId;

const LOCK: &str = "reencrypt";

/// One batch: where to go on, and how many rows were changed.
struct Batch<K> {
    last: Option<K>,
    changed: u64,
}

macro_rules! run {
    ($store:expr, $limit:expr, $batch:ident) => {{
        let mut changed: u64 = 0;
        let mut after = None;
        loop {
            let mut work = $store.begin_work(Scope::System, Mode::Write).await?;
            LockStore::lock(&mut work, LOCK).await?;
            let batch = work.$batch(after.take(), $limit).await?;
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
    let credentials = run!(store, limit, reencrypt_credentials);
    let keys = run!(store, limit, reencrypt_keys);
    Ok(credentials.saturating_add(keys))
}

impl SqlUnitOfWork {
    fn renew(
        &self,
        column: EncryptedColumn,
        row: &str,
        stored: &str,
    ) -> Result<String, StoreError> {
        let clear = column.decrypt(&self.cipher, row, stored)?;
        column.encrypt(&self.cipher, row, clear.expose_secret())
    }

    fn renew_optional(
        &self,
        column: EncryptedColumn,
        row: &str,
        stored: Option<String>,
    ) -> Result<Option<String>, StoreError> {
        stored
            .map(|stored| self.renew(column, row, &stored))
            .transpose()
    }

    fn current_pattern(&self) -> String {
        format!("{}%", self.cipher.current_prefix())
    }

    async fn reencrypt_credentials(
        &mut self,
        after: Option<DbId>,
        limit: i64,
    ) -> Result<Batch<DbId>, StoreError> {
        use credentials::dsl;

        let current = self.current_pattern();
        let outdated = dsl::secret_hash
            .nullable()
            .not_like(&current)
            .or(dsl::vault_path.not_like(&current));
        let query = credentials::table
            .filter(dsl::credential_id.gt(after.unwrap_or(DbId(uuid::Uuid::nil()))))
            .filter(outdated)
            .order(dsl::credential_id)
            .limit(limit)
            .select((dsl::credential_id, dsl::secret_hash, dsl::vault_path));
        let rows: Vec<(DbId, String, Option<String>)> = for_update!(query)
            .load(self.conn()?)
            .await
            .map_err(failed)?;
        let mut batch = Batch {
            last: None,
            changed: 0,
        };
        for (id, secret_hash, vault_path) in rows {
            let row = id.to_string();
            let secret_hash = self.renew(SECRET_HASH, &row, &secret_hash)?;
            let vault_path = self.renew_optional(VAULT_PATH, &row, vault_path)?;
            diesel::update(credentials::table.find(id))
                .set((
                    dsl::secret_hash.eq(secret_hash),
                    dsl::vault_path.eq(vault_path),
                ))
                .execute(self.conn()?)
                .await
                .map_err(failed)?;
            batch.last = Some(id);
            batch.changed += 1;
        }
        Ok(batch)
    }

    async fn reencrypt_keys(
        &mut self,
        after: Option<String>,
        limit: i64,
    ) -> Result<Batch<String>, StoreError> {
        use oidc_keys::dsl;

        let current = self.current_pattern();
        let outdated = dsl::private_key
            .not_like(&current)
            .or(dsl::vault_path.not_like(&current));
        let query = oidc_keys::table
            .filter(dsl::kid.gt(after.unwrap_or_default()))
            .filter(outdated)
            .order(dsl::kid)
            .limit(limit)
            .select((dsl::kid, dsl::private_key, dsl::vault_path));
        let rows: Vec<(String, Option<String>, Option<String>)> = for_update!(query)
            .load(self.conn()?)
            .await
            .map_err(failed)?;
        let mut batch = Batch {
            last: None,
            changed: 0,
        };
        for (kid, private_key, vault_path) in rows {
            let private_key = self.renew_optional(PRIVATE_KEY, &kid, private_key)?;
            let vault_path = self.renew_optional(KEY_VAULT_PATH, &kid, vault_path)?;
            diesel::update(oidc_keys::table.find(&kid))
                .set((
                    dsl::private_key.eq(private_key),
                    dsl::vault_path.eq(vault_path),
                ))
                .execute(self.conn()?)
                .await
                .map_err(failed)?;
            batch.last = Some(kid);
            batch.changed += 1;
        }
        Ok(batch)
    }
}
