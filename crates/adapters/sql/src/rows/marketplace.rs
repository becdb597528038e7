//! The public part of `agents`.

use agentidp_domain::agent::{Capabilities, Owner, Version};
use agentidp_domain::error::StoreError;
use agentidp_domain::marketplace::PublicAgent;
use diesel::pg::Pg;
use diesel::prelude::{Queryable, QueryableByName, Selectable};
use diesel::sqlite::Sqlite;

use crate::error::RowReader;
use crate::schema::agents;
use crate::types::{DbId, Micros, TextList};

/// Nothing else is read, so that nothing else can be shown.
#[derive(Debug, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = agents, check_for_backend(Pg, Sqlite))]
pub(crate) struct PublicAgentRow {
    agent_id: DbId,
    agent_type: String,
    version: String,
    capabilities: TextList,
    owner: String,
    deployment_env: String,
    did: Option<String>,
    published_at: Option<Micros>,
}

impl TryFrom<PublicAgentRow> for PublicAgent {
    type Error = StoreError;

    fn try_from(row: PublicAgentRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("agents", row.agent_id);
        let capabilities = reader.require("capabilities", row.capabilities.0)?;
        let published_at = reader.require("published_at", row.published_at)?;
        Ok(Self {
            agent_id: row.agent_id.into(),
            agent_type: reader.parse("agent_type", &row.agent_type)?,
            version: reader.read("version", Version::new(&row.version))?,
            capabilities: reader.read("capabilities", Capabilities::new(capabilities))?,
            owner: reader.read("owner", Owner::new(&row.owner))?,
            deployment_env: reader.parse("deployment_env", &row.deployment_env)?,
            did: row.did,
            published_at: reader.time("published_at", published_at)?,
        })
    }
}
