//! `organizations` and `organization_members`.

use agentidp_domain::error::StoreError;
use agentidp_domain::organization::{Limit, Member, Organization, OrganizationName, Slug};
use diesel::pg::Pg;
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::sqlite::Sqlite;

use crate::error::RowReader;
use crate::schema::{organization_members, organizations};
use crate::types::{DbId, Micros};

/// Value and flag of a limit: `(None, false)` follows the tier, `(None, true)`
/// is explicitly unlimited.
pub(crate) fn limit_columns(limit: Option<Limit>) -> (Option<i64>, bool) {
    (limit.and_then(Limit::count), limit.is_some())
}

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = organizations, check_for_backend(Pg, Sqlite))]
pub(crate) struct OrganizationRow {
    organization_id: DbId,
    name: String,
    slug: String,
    plan_tier: String,
    max_agents: Option<i64>,
    max_agents_set: bool,
    max_tokens_per_month: Option<i64>,
    max_tokens_per_month_set: bool,
    rate_limit_per_minute: Option<i64>,
    rate_limit_per_minute_set: bool,
    status: String,
    tokens_not_before: Option<i64>,
    created_at: Micros,
    updated_at: Micros,
}

impl From<&Organization> for OrganizationRow {
    fn from(organization: &Organization) -> Self {
        let (max_agents, max_agents_set) = limit_columns(organization.max_agents);
        let (max_tokens_per_month, max_tokens_per_month_set) =
            limit_columns(organization.max_tokens_per_month);
        let (rate_limit_per_minute, rate_limit_per_minute_set) =
            limit_columns(organization.rate_limit_per_minute);
        Self {
            organization_id: organization.organization_id.into(),
            name: organization.name.as_str().to_owned(),
            slug: organization.slug.as_str().to_owned(),
            plan_tier: organization.plan_tier.to_string(),
            max_agents,
            max_agents_set,
            max_tokens_per_month,
            max_tokens_per_month_set,
            rate_limit_per_minute,
            rate_limit_per_minute_set,
            status: organization.status.to_string(),
            tokens_not_before: organization.tokens_not_before,
            created_at: organization.created_at.into(),
            updated_at: organization.updated_at.into(),
        }
    }
}

fn limit(
    reader: &RowReader,
    column: &'static str,
    value: Option<i64>,
    set: bool,
) -> Result<Option<Limit>, StoreError> {
    let value = reader.read(column, value.map(u32::try_from).transpose())?;
    match (set, value) {
        (true, value) => Ok(Some(Limit::from(value))),
        (false, None) => Ok(None),
        (false, Some(_)) => Err(reader.corrupt(column)),
    }
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = StoreError;

    fn try_from(row: OrganizationRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("organizations", row.organization_id);
        Ok(Self {
            organization_id: row.organization_id.into(),
            name: reader.read("name", OrganizationName::new(&row.name))?,
            slug: reader.read("slug", Slug::new(&row.slug))?,
            plan_tier: reader.parse("plan_tier", &row.plan_tier)?,
            max_agents: limit(&reader, "max_agents", row.max_agents, row.max_agents_set)?,
            max_tokens_per_month: limit(
                &reader,
                "max_tokens_per_month",
                row.max_tokens_per_month,
                row.max_tokens_per_month_set,
            )?,
            rate_limit_per_minute: limit(
                &reader,
                "rate_limit_per_minute",
                row.rate_limit_per_minute,
                row.rate_limit_per_minute_set,
            )?,
            status: reader.parse("status", &row.status)?,
            tokens_not_before: row.tokens_not_before,
            created_at: reader.time("created_at", row.created_at)?,
            updated_at: reader.time("updated_at", row.updated_at)?,
        })
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = organization_members)]
pub(crate) struct MemberRow {
    member_id: DbId,
    organization_id: DbId,
    agent_id: DbId,
    role: &'static str,
    joined_at: Micros,
}

impl From<&Member> for MemberRow {
    fn from(member: &Member) -> Self {
        Self {
            member_id: member.member_id.into(),
            organization_id: member.organization_id.into(),
            agent_id: member.agent_id.into(),
            role: member.role.as_str(),
            joined_at: member.joined_at.into(),
        }
    }
}
