//! Statements over whole batches: each column is one array parameter, so the
//! text is the same for every size of the batch and is prepared once.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

use crate::types::Id;

/// One value of every record, as an array parameter.
macro_rules! column {
    ($records:expr, $sql_type:ty, $value:expr) => {
        $records
            .iter()
            .map($value)
            .collect::<Vec<_>>()
            .into_sql::<Array<$sql_type>>()
    };
}
pub(super) use column;

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

/// A statement that can be put together with others.
pub(super) type Part<'a> = Box<dyn QueryFragment<Pg> + Send + 'a>;

/// Statements that change different tables, sent, planned and answered as one:
/// none sees what another one changes. The server carries the last part out
/// first, then the others backwards.
pub(super) struct Together<'a>(pub(super) Vec<Part<'a>>);

impl QueryId for Together<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Together<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Some((main, others)) = self.0.split_last() else {
            out.push_sql("SELECT");
            return Ok(());
        };
        for (n, part) in others.iter().enumerate() {
            let name = format!("{} part{n} AS (", if n == 0 { "WITH" } else { "," });
            out.push_sql(&name);
            part.walk_ast(out.reborrow())?;
            out.push_sql(") ");
        }
        main.walk_ast(out)
    }
}
