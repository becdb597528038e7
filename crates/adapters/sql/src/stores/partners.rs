//! Federation partners.

use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::federation::{Partner, PartnerStore};
use agentidp_domain::id::PartnerId;
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::SqlUnitOfWork;
use super::statement::Statement;
use crate::error::{require_inserted, require_met};
use crate::rows::PartnerRow;
use crate::schema::federation_partners::{self, dsl};
use crate::types::DbId;

#[async_trait]
impl PartnerStore for SqlUnitOfWork {
    async fn insert(&mut self, partner: &Partner) -> Result<(), StoreError> {
        let row = PartnerRow::from(partner);
        let inserted = diesel::insert_into(federation_partners::table)
            .values(&row)
            .on_conflict(dsl::issuer)
            .do_nothing()
            .run(self)
            .await?;
        require_inserted(inserted, Constraint::PartnerIssuer)
    }

    async fn list(&mut self) -> Result<Vec<Partner>, StoreError> {
        let rows = federation_partners::table
            .order((dsl::created_at.desc(), dsl::partner_id.desc()))
            .select(PartnerRow::as_select())
            .rows(self)
            .await?;
        rows.into_iter().map(Partner::try_from).collect()
    }

    async fn find(&mut self, id: PartnerId) -> Result<Option<Partner>, StoreError> {
        let query = federation_partners::table
            .find(DbId::from(id))
            .select(PartnerRow::as_select());
        row_locked_if_writing!(self, query)?
            .map(|row: PartnerRow| row.try_into())
            .transpose()
    }

    async fn find_by_issuer(&mut self, issuer: &str) -> Result<Option<Partner>, StoreError> {
        federation_partners::table
            .filter(dsl::issuer.eq(issuer))
            .select(PartnerRow::as_select())
            .row(self)
            .await?
            .map(Partner::try_from)
            .transpose()
    }

    async fn update(&mut self, partner: &Partner) -> Result<(), StoreError> {
        let row = PartnerRow::from(partner);
        let updated = diesel::update(federation_partners::table.find(row.partner_id))
            .set((
                dsl::name.eq(row.name),
                dsl::jwks_uri.eq(row.jwks_uri),
                dsl::allowed_organizations.eq(row.allowed_organizations),
                dsl::status.eq(row.status),
                dsl::expires_at.eq(row.expires_at),
                dsl::updated_at.eq(row.updated_at),
            ))
            .run(self)
            .await?;
        require_met(updated)
    }

    async fn delete(&mut self, id: PartnerId) -> Result<bool, StoreError> {
        let deleted = diesel::delete(federation_partners::table.find(DbId::from(id)))
            .run(self)
            .await?;
        Ok(deleted > 0)
    }
}
