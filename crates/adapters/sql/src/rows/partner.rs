//! `federation_partners`.

use agentidp_domain::error::StoreError;
use agentidp_domain::federation::{AllowedOrganizations, Partner, PartnerName, PartnerStatus};
use diesel::pg::Pg;
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::sqlite::Sqlite;
use serde_json::json;

use crate::error::RowReader;
use crate::schema::federation_partners;
use crate::types::{DbId, JsonText, Micros};

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = federation_partners, check_for_backend(Pg, Sqlite))]
pub(crate) struct PartnerRow {
    pub(crate) partner_id: DbId,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) jwks_uri: String,
    pub(crate) allowed_organizations: JsonText,
    pub(crate) status: String,
    pub(crate) expires_at: Option<Micros>,
    pub(crate) created_at: Micros,
    pub(crate) updated_at: Micros,
}

impl From<&Partner> for PartnerRow {
    fn from(partner: &Partner) -> Self {
        // Expiry follows from the time and is never stored.
        let status = if partner.suspended {
            PartnerStatus::Suspended
        } else {
            PartnerStatus::Active
        };
        let organizations = json!(partner.allowed_organizations.as_slice());
        Self {
            partner_id: partner.partner_id.into(),
            name: partner.name.as_str().to_owned(),
            issuer: partner.issuer.clone(),
            jwks_uri: partner.jwks_uri.clone(),
            allowed_organizations: JsonText::from(&organizations),
            status: status.to_string(),
            expires_at: partner.expires_at.map(Micros::from),
            created_at: partner.created_at.into(),
            updated_at: partner.updated_at.into(),
        }
    }
}

impl TryFrom<PartnerRow> for Partner {
    type Error = StoreError;

    fn try_from(row: PartnerRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("federation_partners", row.partner_id);
        let column = "allowed_organizations";
        let organizations = serde_json::from_str(&row.allowed_organizations.0);
        let organizations = AllowedOrganizations::new(reader.read(column, organizations)?);
        let suspended = match reader.parse("status", &row.status)? {
            PartnerStatus::Active => false,
            PartnerStatus::Suspended => true,
            PartnerStatus::Expired => return Err(reader.corrupt("status")),
        };
        Ok(Self {
            partner_id: row.partner_id.into(),
            name: reader.read("name", PartnerName::new(&row.name))?,
            issuer: row.issuer,
            jwks_uri: row.jwks_uri,
            allowed_organizations: reader.read(column, organizations)?,
            suspended,
            expires_at: reader.optional_time("expires_at", row.expires_at)?,
            created_at: reader.time("created_at", row.created_at)?,
            updated_at: reader.time("updated_at", row.updated_at)?,
        })
    }
}
