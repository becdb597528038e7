//! How the stores run what they have put together.
//!
//! Everything goes through these few methods with plain types in their
//! signatures: were the stores to call diesel's own, the compiler would work
//! out the type of every step of every query, which took most of the time of
//! building this crate.

use std::ops::ControlFlow;

use agentidp_domain::error::StoreError;
use diesel::OptionalExtension;
use diesel::dsl::Limit;
use diesel::query_dsl::methods::LimitDsl;
use diesel_async::RunQueryDsl;
use diesel_async::methods::{ExecuteDsl, LoadQuery};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryStreamExt};
use tokio::time::timeout;

use super::{Connection, SqlUnitOfWork, failed};

type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// What is done with each row; breaks when it has seen enough.
type Each<'a, R> = &'a mut (dyn FnMut(R) -> Result<ControlFlow<()>, StoreError> + Send);

/// A query or statement that is run in a transaction.
pub(super) trait Statement<'a>: Sized + Send + 'a {
    /// Every row.
    fn rows<R>(self, work: &'a mut SqlUnitOfWork) -> Answer<'a, Vec<R>>
    where
        Self: LoadQuery<'a, Connection, R>,
        R: Send + 'a,
    {
        async move { RunQueryDsl::load(self, work.conn()?).await.map_err(failed) }.boxed()
    }

    /// Each row in turn, as soon as it is there, until `visit` has seen enough.
    /// All of them in the time that the store gives to streams: a database that
    /// falls silent in the middle is not waited for. Where rows are left unread,
    /// whatever the reason, the connection of work that does not end with a commit
    /// is closed: whoever got it next would wait for them.
    fn each<R>(self, work: &'a mut SqlUnitOfWork, visit: Each<'a, R>) -> Answer<'a, ()>
    where
        Self: LoadQuery<'a, Connection, R>,
        R: Send + 'a,
    {
        let limit = work.rows_within;
        let all = async move {
            work.streaming = true;
            {
                let rows = RunQueryDsl::load_stream(self, work.conn()?).await;
                let mut rows = std::pin::pin!(rows.map_err(failed)?);
                while let Some(row) = rows.try_next().await.map_err(failed)? {
                    if visit(row)?.is_break() {
                        return Ok(());
                    }
                    // Others want this thread, too, while rows come without a pause.
                    tokio::task::consume_budget().await;
                }
            }
            work.streaming = false;
            Ok(())
        };
        async move {
            let late = |_| StoreError::Unavailable("rows stayed away".to_owned());
            timeout(limit, all).await.map_err(late)?
        }
        .boxed()
    }

    /// The first row, if there is one.
    fn row<R>(self, work: &'a mut SqlUnitOfWork) -> Answer<'a, Option<R>>
    where
        Self: LimitDsl,
        Limit<Self>: LoadQuery<'a, Connection, R> + Send + 'a,
        R: Send + 'a,
    {
        let query = self.limit(1);
        async move {
            let row = RunQueryDsl::get_result(query, work.conn()?).await;
            row.optional().map_err(failed)
        }
        .boxed()
    }

    /// The row of a query that always has one.
    fn value<R>(self, work: &'a mut SqlUnitOfWork) -> Answer<'a, R>
    where
        Self: LoadQuery<'a, Connection, R>,
        R: Send + 'a,
    {
        async move {
            let row = RunQueryDsl::get_result(self, work.conn()?).await;
            row.map_err(failed)
        }
        .boxed()
    }

    /// The number of rows changed.
    fn run(self, work: &'a mut SqlUnitOfWork) -> Answer<'a, usize>
    where
        Self: ExecuteDsl<Connection>,
    {
        async move {
            let rows = RunQueryDsl::execute(self, work.conn()?).await;
            rows.map_err(failed)
        }
        .boxed()
    }
}

impl<'a, S: Send + 'a> Statement<'a> for S {}
