//! Keys of decentralized identifiers.

use agentidp_domain::did::{AgentDidKey, DidKeyStore};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::AgentId;
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl};
use serde_json::Value;

use super::SqlUnitOfWork;
use super::statement::Statement;
use crate::error::RowReader;
use crate::rows::DidKeyRow;
use crate::schema::agent_did_keys::{self, dsl};
use crate::types::{DbId, JsonText};

#[async_trait]
impl DidKeyStore for SqlUnitOfWork {
    async fn insert(&mut self, key: &AgentDidKey) -> Result<(), StoreError> {
        let row = DidKeyRow::encrypt(&self.cipher, key)?;
        diesel::insert_into(agent_did_keys::table)
            .values(&row)
            .run(self)
            .await?;
        Ok(())
    }

    async fn public_key(&mut self, agent: AgentId) -> Result<Option<Value>, StoreError> {
        let found: Option<(DbId, JsonText)> = agent_did_keys::table
            .filter(dsl::agent_id.eq(DbId::from(agent)))
            .select((dsl::key_id, dsl::public_jwk))
            .row(self)
            .await?;
        found
            .map(|(id, jwk)| RowReader::new("agent_did_keys", id).parse("public_jwk", &jwk.0))
            .transpose()
    }
}
