//! `agents`.

use agentidp_domain::agent::{Agent, Capabilities, Email, Grant, Owner, Version};
use agentidp_domain::error::StoreError;
use diesel::pg::Pg;
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::sqlite::Sqlite;

use crate::error::RowReader;
use crate::schema::agents;
use crate::types::{DbId, Micros, TextList};

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = agents, check_for_backend(Pg, Sqlite))]
pub(crate) struct AgentRow {
    pub(crate) agent_id: DbId,
    pub(crate) organization_id: DbId,
    pub(crate) email: String,
    pub(crate) email_folded: String,
    pub(crate) agent_type: String,
    pub(crate) version: String,
    pub(crate) capabilities: TextList,
    pub(crate) owner: String,
    pub(crate) deployment_env: String,
    pub(crate) status: String,
    pub(crate) allowed_scopes: TextList,
    pub(crate) is_public: bool,
    pub(crate) published_at: Option<Micros>,
    pub(crate) did: Option<String>,
    pub(crate) did_created_at: Option<Micros>,
    pub(crate) tokens_not_before: Option<i64>,
    pub(crate) created_at: Micros,
    pub(crate) updated_at: Micros,
}

impl From<&Agent> for AgentRow {
    fn from(agent: &Agent) -> Self {
        let scopes = agent.grant.scopes();
        Self {
            agent_id: agent.agent_id.into(),
            organization_id: agent.organization_id.into(),
            email: agent.email.as_str().to_owned(),
            email_folded: agent.email.folded(),
            agent_type: agent.agent_type.to_string(),
            version: agent.version.as_str().to_owned(),
            capabilities: agent.capabilities.as_slice().iter().collect(),
            owner: agent.owner.as_str().to_owned(),
            deployment_env: agent.deployment_env.to_string(),
            status: agent.status.to_string(),
            allowed_scopes: scopes.iter().map(|scope| scope.as_str()).collect(),
            is_public: agent.is_public,
            published_at: agent.published_at.map(Micros::from),
            did: agent.did.clone(),
            did_created_at: agent.did_created_at.map(Micros::from),
            tokens_not_before: agent.tokens_not_before,
            created_at: agent.created_at.into(),
            updated_at: agent.updated_at.into(),
        }
    }
}

impl TryFrom<AgentRow> for Agent {
    type Error = StoreError;

    fn try_from(row: AgentRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("agents", row.agent_id);
        let capabilities = reader.require("capabilities", row.capabilities.0)?;
        let scopes = reader.require("allowed_scopes", row.allowed_scopes.0)?;
        Ok(Self {
            agent_id: row.agent_id.into(),
            organization_id: row.organization_id.into(),
            email: reader.read("email", Email::new(&row.email))?,
            agent_type: reader.parse("agent_type", &row.agent_type)?,
            version: reader.read("version", Version::new(&row.version))?,
            capabilities: reader.read("capabilities", Capabilities::new(capabilities))?,
            owner: reader.read("owner", Owner::new(&row.owner))?,
            deployment_env: reader.parse("deployment_env", &row.deployment_env)?,
            status: reader.parse("status", &row.status)?,
            grant: reader.read("allowed_scopes", Grant::from_names(&scopes))?,
            is_public: row.is_public,
            published_at: reader.optional_time("published_at", row.published_at)?,
            did: row.did,
            did_created_at: reader.optional_time("did_created_at", row.did_created_at)?,
            tokens_not_before: row.tokens_not_before,
            created_at: reader.time("created_at", row.created_at)?,
            updated_at: reader.time("updated_at", row.updated_at)?,
        })
    }
}
