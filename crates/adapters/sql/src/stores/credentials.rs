//! Credentials.

use agentidp_domain::credential::{
    Credential, CredentialFilter, CredentialStatus, CredentialStore, MAX_ACTIVE,
};
use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::id::{AgentId, CredentialId};
use agentidp_domain::page::{Page, PageRequest};
use agentidp_domain::time::Timestamp;
use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::statement::Statement;
use super::{Backend, SqlUnitOfWork};
use crate::error::{RowReader, conflict, require_inserted, require_met};
use crate::rows::CredentialRow;
use crate::schema::credentials::{self, dsl};
use crate::types::{DbId, Micros};

const ACTIVE: &str = CredentialStatus::Active.as_str();
const REVOKED: &str = CredentialStatus::Revoked.as_str();

fn matching(
    agent: AgentId,
    status: Option<CredentialStatus>,
) -> credentials::BoxedQuery<'static, Backend> {
    let mut query = credentials::table
        .filter(dsl::client_id.eq(DbId::from(agent)))
        .into_boxed();
    if let Some(status) = status {
        query = query.filter(dsl::status.eq(status.as_str()));
    }
    query
}

impl SqlUnitOfWork {
    async fn credential_page(
        &mut self,
        agent: AgentId,
        status: Option<CredentialStatus>,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Credential>, StoreError> {
        let rows: Vec<CredentialRow> = matching(agent, status)
            .select(CredentialRow::as_select())
            .order((dsl::created_at.desc(), dsl::credential_id.desc()))
            .limit(limit)
            .offset(offset)
            .rows(self)
            .await?;
        rows.into_iter()
            .map(|row| row.decrypt(&self.cipher))
            .collect()
    }
}

#[async_trait]
impl CredentialStore for SqlUnitOfWork {
    async fn insert(&mut self, credential: &Credential) -> Result<(), StoreError> {
        let row = CredentialRow::encrypt(&self.cipher, credential)?;
        let inserted = diesel::insert_into(credentials::table)
            .values(&row)
            .on_conflict((dsl::client_id, dsl::selector))
            .do_nothing()
            .run(self)
            .await?;
        require_inserted(inserted, Constraint::CredentialSelector)
    }

    async fn find(&mut self, id: CredentialId) -> Result<Option<Credential>, StoreError> {
        let query = credentials::table
            .find(DbId::from(id))
            .select(CredentialRow::as_select());
        row_locked_if_writing!(self, query)?
            .map(|row: CredentialRow| row.decrypt(&self.cipher))
            .transpose()
    }

    async fn list(
        &mut self,
        agent: AgentId,
        filter: CredentialFilter,
        page: PageRequest,
    ) -> Result<Page<Credential>, StoreError> {
        let total = matching(agent, filter.status).count().value(self).await?;
        let limit = i64::from(page.limit());
        let items = self
            .credential_page(agent, filter.status, limit, page.offset())
            .await?;
        Ok(Page {
            items,
            total,
            request: page,
        })
    }

    async fn active(&mut self, agent: AgentId) -> Result<Vec<Credential>, StoreError> {
        self.credential_page(agent, Some(CredentialStatus::Active), MAX_ACTIVE, 0)
            .await
    }

    async fn rotate(&mut self, credential: &Credential) -> Result<(), StoreError> {
        let row = CredentialRow::encrypt(&self.cipher, credential)?;
        // Looked up first: a violated unique key would end the transaction.
        let others = credentials::table
            .filter(dsl::client_id.eq(row.client_id))
            .filter(dsl::selector.eq(&row.selector))
            .filter(dsl::credential_id.ne(row.credential_id));
        let taken: bool = diesel::select(exists(others)).value(self).await?;
        if taken {
            return Err(conflict(Constraint::CredentialSelector));
        }
        let active = credentials::table
            .find(row.credential_id)
            .filter(dsl::status.eq(ACTIVE));
        let updated = diesel::update(active)
            .set((
                dsl::selector.eq(row.selector),
                dsl::secret_hash.eq(row.secret_hash),
                dsl::vault_path.eq(row.vault_path),
                dsl::expires_at.eq(row.expires_at),
            ))
            .run(self)
            .await?;
        require_met(updated)
    }

    async fn revoke(&mut self, id: CredentialId, at: Timestamp) -> Result<bool, StoreError> {
        let active = credentials::table
            .find(DbId::from(id))
            .filter(dsl::status.eq(ACTIVE));
        let updated = diesel::update(active)
            .set((
                dsl::status.eq(REVOKED),
                dsl::revoked_at.eq(Some(Micros::from(at))),
            ))
            .run(self)
            .await?;
        Ok(updated > 0)
    }

    async fn revoke_all(
        &mut self,
        agent: AgentId,
        at: Timestamp,
    ) -> Result<Vec<(CredentialId, Option<Timestamp>)>, StoreError> {
        let active = credentials::table
            .filter(dsl::client_id.eq(DbId::from(agent)))
            .filter(dsl::status.eq(ACTIVE));
        let mut rows: Vec<(DbId, Option<Micros>)> = diesel::update(active)
            .set((
                dsl::status.eq(REVOKED),
                dsl::revoked_at.eq(Some(Micros::from(at))),
            ))
            .returning((dsl::credential_id, dsl::expires_at))
            .rows(self)
            .await?;
        rows.sort_unstable_by_key(|(id, _)| *id);
        rows.into_iter()
            .map(|(id, expires_at)| {
                let reader = RowReader::new("credentials", id);
                let expires_at = reader.optional_time("expires_at", expires_at)?;
                Ok((id.into(), expires_at))
            })
            .collect()
    }
}
