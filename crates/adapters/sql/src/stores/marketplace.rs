//! Public agents of all organizations.

use agentidp_domain::error::StoreError;
use agentidp_domain::id::AgentId;
use agentidp_domain::marketplace::{MarketplaceQuery, MarketplaceStore, PublicAgent};
use agentidp_domain::organization::OrganizationStatus;
use async_trait::async_trait;
use diesel::dsl::{exists, sql};
use diesel::sql_types::{Bool, Text};
use diesel::{
    EscapeExpressionMethods, ExpressionMethods, QueryDsl, SelectableHelper, TextExpressionMethods,
};

use super::statement::Statement;
use super::{Backend, SqlUnitOfWork, dialect};
use crate::rows::PublicAgentRow;
use crate::schema::agents::{self, dsl};
use crate::schema::organizations;
use crate::types::DbId;

/// Makes the next character of a pattern stand for itself.
const ESCAPE: char = '\\';

/// Agents that everybody may see.
fn visible<'a>() -> agents::BoxedQuery<'a, Backend> {
    let organization = organizations::table
        .filter(organizations::organization_id.eq(dsl::organization_id))
        .filter(organizations::status.eq(OrganizationStatus::Active.as_str()));
    // In the words of the partial indexes, and no parameter: the plan of
    // SQLite does not depend on parameters. That there is a time, which is
    // always so, leads it to these indexes when it counts.
    agents::table
        .filter(dsl::is_public)
        .filter(dsl::status.eq(sql::<Text>("'active'")))
        .filter(dsl::published_at.is_not_null())
        .filter(exists(organization))
        .into_boxed()
}

fn matching(query: &MarketplaceQuery) -> agents::BoxedQuery<'_, Backend> {
    let mut found = visible();
    for word in query.words.as_slice() {
        let occurs = dsl::search_text.like(containing(word)).escape(ESCAPE);
        found = found.filter(occurs);
    }
    if let Some(capability) = &query.capability {
        let [before, after] = dialect::HAS_CAPABILITY;
        let has = sql::<Bool>(before).bind::<Text, _>(capability).sql(after);
        found = found.filter(has);
    }
    if let Some(publisher) = &query.publisher {
        found = found.filter(dsl::owner.eq(publisher));
    }
    found
}

/// The pattern of all texts that contain `word`.
fn containing(word: &str) -> String {
    let mut pattern = String::from("%");
    for character in word.chars() {
        if ['%', '_', ESCAPE].contains(&character) {
            pattern.push(ESCAPE);
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[async_trait]
impl MarketplaceStore for SqlUnitOfWork {
    async fn search(&mut self, query: &MarketplaceQuery) -> Result<Vec<PublicAgent>, StoreError> {
        let page = query.page;
        let rows: Vec<PublicAgentRow> = matching(query)
            .select(PublicAgentRow::as_select())
            .order((dsl::published_at.desc(), dsl::agent_id.asc()))
            .limit(i64::from(page.limit()))
            .offset(page.offset())
            .rows(self)
            .await?;
        rows.into_iter().map(PublicAgent::try_from).collect()
    }

    async fn count(&mut self, query: &MarketplaceQuery) -> Result<i64, StoreError> {
        matching(query).count().value(self).await
    }

    async fn find(&mut self, id: AgentId) -> Result<Option<PublicAgent>, StoreError> {
        let row: Option<PublicAgentRow> = visible()
            .filter(dsl::agent_id.eq(DbId::from(id)))
            .select(PublicAgentRow::as_select())
            .row(self)
            .await?;
        row.map(PublicAgent::try_from).transpose()
    }
}
