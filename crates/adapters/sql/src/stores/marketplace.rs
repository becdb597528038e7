//! Public agents of all organizations.

use agentidp_domain::error::StoreError;
use agentidp_domain::id::AgentId;
use agentidp_domain::marketplace::{MarketplaceQuery, MarketplaceStore, PublicAgent};
use async_trait::async_trait;
use diesel::dsl::sql;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{
    EscapeExpressionMethods, ExpressionMethods, QueryDsl, SelectableHelper, TextExpressionMethods,
    sql_query,
};

use super::statement::Statement;
use super::{Backend, SqlUnitOfWork, dialect};
use crate::rows::PublicAgentRow;
use crate::schema::agents::{self, dsl};
use crate::types::DbId;

/// Makes the next character of a pattern stand for itself.
const ESCAPE: char = '\\';

/// How many of the newest agents are looked through for words at first, where an
/// index finds words: it finds all agents that have them, which have to be sorted
/// for the first few, and PostgreSQL does not know that they are many, since row
/// security keeps it from using what it knows of the texts.
const NEWEST: i64 = 1_000;

/// Which agents everybody may see: the one place where that is said.
///
/// In the words of the partial indexes, and no parameter: the plan of SQLite does
/// not depend on parameters. That there is a time, which is always so, leads it to
/// these indexes when it counts.
const VISIBLE: &str = "agents.is_public AND agents.status = 'active' \
    AND agents.published_at IS NOT NULL \
    AND EXISTS (SELECT 1 FROM organizations \
        WHERE organizations.organization_id = agents.organization_id \
            AND organizations.status = 'active')";

/// Agents that everybody may see.
fn visible<'a>() -> agents::BoxedQuery<'a, Backend> {
    agents::table.filter(sql::<Bool>(VISIBLE)).into_boxed()
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

/// Whether the page may well be full of the [`NEWEST`] agents.
fn is_of_words(query: &MarketplaceQuery) -> bool {
    let page = query.page;
    !query.words.as_slice().is_empty()
        && query.capability.is_none()
        && query.publisher.is_none()
        && page.offset() + i64::from(page.limit()) <= NEWEST
}

/// The page, of the newest agents alone. They are a query of their own, which
/// the planner does not merge with what is looked for in it.
fn of_newest(query: &MarketplaceQuery) -> BoxedSqlQuery<'static, Backend, SqlQuery> {
    let mut text = format!(
        "SELECT agent_id, agent_type, version, capabilities, owner, deployment_env, did, \
            published_at \
         FROM (SELECT * FROM agents WHERE {VISIBLE} \
             ORDER BY published_at DESC, agent_id LIMIT {NEWEST}) AS newest \
         WHERE TRUE"
    );
    let words = query.words.as_slice();
    for number in 1..=words.len() {
        text += &format!(" AND search_text LIKE ${number} ESCAPE '{ESCAPE}'");
    }
    let [limit, offset] = [1, 2].map(|place| words.len() + place);
    text += &format!(" ORDER BY published_at DESC, agent_id LIMIT ${limit} OFFSET ${offset}");
    let mut statement = sql_query(text).into_boxed();
    for word in words {
        statement = statement.bind::<Text, _>(containing(word));
    }
    statement
        .bind::<BigInt, _>(i64::from(query.page.limit()))
        .bind::<BigInt, _>(query.page.offset())
}

#[async_trait]
impl MarketplaceStore for SqlUnitOfWork {
    async fn search(&mut self, query: &MarketplaceQuery) -> Result<Vec<PublicAgent>, StoreError> {
        let page = query.page;
        if dialect::WORDS_ARE_INDEXED && is_of_words(query) {
            let rows: Vec<PublicAgentRow> = of_newest(query).rows(self).await?;
            // A full page: whatever is older comes after it.
            if i64::try_from(rows.len()) == Ok(i64::from(page.limit())) {
                return rows.into_iter().map(PublicAgent::try_from).collect();
            }
        }
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
