//! Statements over whole batches: each column is one array parameter, so the
//! text is the same for every size of the batch and is prepared once.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

use crate::types::Id;

/// `head`, the arrays separated by commas, `tail`.
pub(super) struct Unnest<A> {
    pub(super) head: &'static str,
    pub(super) arrays: A,
    pub(super) tail: &'static str,
}

impl<A> QueryId for Unnest<A> {
    // Without a static id the prepared statement is found by its text.
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<A: QueryFragment<Pg>> QueryFragment<Pg> for Unnest<A> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.head);
        self.arrays.walk_ast(out.reborrow())?;
        out.push_sql(self.tail);
        Ok(())
    }
}

/// Such a statement that answers ids.
pub(super) struct ReturningIds<A>(pub(super) Unnest<A>);

impl<A> QueryId for ReturningIds<A> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<A: QueryFragment<Pg>> QueryFragment<Pg> for ReturningIds<A> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

impl<A> Query for ReturningIds<A> {
    type SqlType = Id;
}
