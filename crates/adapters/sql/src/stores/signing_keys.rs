//! Signing keys.

use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::time::Timestamp;
use agentidp_domain::token::{SigningKeyStore, StoredKey};
use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, SelectableHelper};

use super::SqlUnitOfWork;
use super::statement::Statement;
use crate::error::{require_inserted, require_met};
use crate::rows::KeyRow;
use crate::schema::oidc_keys::{self, dsl};
use crate::types::Micros;

#[async_trait]
impl SigningKeyStore for SqlUnitOfWork {
    async fn live(&mut self, now: Timestamp) -> Result<Vec<StoredKey>, StoreError> {
        let now = Micros::from(now);
        let rows: Vec<KeyRow> = oidc_keys::table
            .filter(dsl::expires_at.is_null().or(dsl::expires_at.gt(now)))
            .order((dsl::created_at, dsl::kid))
            .select(KeyRow::as_select())
            .rows(self)
            .await?;
        rows.into_iter()
            .map(|row| row.decrypt(&self.cipher))
            .collect()
    }

    async fn insert(&mut self, key: &StoredKey) -> Result<(), StoreError> {
        let row = KeyRow::encrypt(&self.cipher, key)?;
        let inserted = diesel::insert_into(oidc_keys::table)
            .values(&row)
            .on_conflict(dsl::kid)
            .do_nothing()
            .run(self)
            .await?;
        require_inserted(inserted, Constraint::SigningKey)
    }

    async fn promote(
        &mut self,
        kid: &str,
        previous_expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let previous = oidc_keys::table
            .filter(dsl::is_current.eq(true))
            .filter(dsl::kid.ne(kid));
        diesel::update(previous)
            .set((
                dsl::is_current.eq(false),
                dsl::expires_at.eq(Some(Micros::from(previous_expires_at))),
            ))
            .run(self)
            .await?;
        let promoted = diesel::update(oidc_keys::table.find(kid))
            .set((dsl::is_current.eq(true), dsl::expires_at.eq(None::<Micros>)))
            .run(self)
            .await?;
        require_met(promoted)
    }

    async fn expire(&mut self, kid: &str, at: Timestamp) -> Result<(), StoreError> {
        let key = oidc_keys::table.find(kid).filter(dsl::is_current.eq(false));
        let expired = diesel::update(key)
            .set(dsl::expires_at.eq(Some(Micros::from(at))))
            .run(self)
            .await?;
        require_met(expired)
    }

    async fn knows(&mut self, kid: &str) -> Result<bool, StoreError> {
        diesel::select(exists(oidc_keys::table.find(kid)))
            .value(self)
            .await
    }

    async fn prune(&mut self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let before = Micros::from(now);
        let in_vault: Vec<String> = oidc_keys::table
            .filter(dsl::expires_at.lt(before))
            .filter(dsl::vault_path.is_not_null())
            .select(dsl::kid)
            .rows(self)
            .await?;
        let expired = oidc_keys::table.filter(dsl::expires_at.lt(before)).filter(
            dsl::private_key
                .is_not_null()
                .or(dsl::vault_path.is_not_null()),
        );
        diesel::update(expired)
            .set((
                dsl::private_key.eq(None::<String>),
                dsl::vault_path.eq(None::<String>),
            ))
            .run(self)
            .await?;
        Ok(in_vault)
    }
}
