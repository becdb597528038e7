//! Where blocking calls run.

use std::error::Error;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use diesel_async::sync_connection_wrapper::SpawnBlocking;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryFutureExt};

/// The blocking threads of the present runtime, for the calls of one connection.
/// A call whose caller gives up runs to its end in the background; diesel-async's
/// own runner would wait for it, which panics on the single-threaded runtimes of
/// web workers.
///
/// Calls run in the order in which they were made, whatever threads they land on:
/// were a statement that nobody waits for any more to come after the rollback of
/// its transaction, it would stay as a transaction of its own.
#[derive(Default)]
pub struct Blocking {
    order: Arc<Order>,
    calls: u64,
}

impl SpawnBlocking for Blocking {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn Error + Send + Sync + 'static>>>
    where
        R: Send + 'static,
    {
        let turn = Turn {
            number: self.calls,
            order: Arc::clone(&self.order),
        };
        self.calls += 1;
        let in_turn = move || {
            turn.wait();
            task()
        };
        tokio::task::spawn_blocking(in_turn)
            .map_err(Box::from)
            .boxed()
    }

    fn get_runtime() -> Self {
        Self::default()
    }
}

/// How many calls have ended.
#[derive(Default)]
struct Order {
    ended: Mutex<u64>,
    changed: Condvar,
}

/// The place of a call among those of its connection; ends with the call, also
/// when it panics or is never run.
struct Turn {
    number: u64,
    order: Arc<Order>,
}

impl Turn {
    /// Waits for all earlier calls. They have been given to their threads before,
    /// so that none of them waits for this one.
    fn wait(&self) {
        let ended = self.order.ended.lock();
        let ended = ended.unwrap_or_else(PoisonError::into_inner);
        drop(
            self.order
                .changed
                .wait_while(ended, |ended| *ended < self.number),
        );
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let ended = self.order.ended.lock();
        *ended.unwrap_or_else(PoisonError::into_inner) += 1;
        self.order.changed.notify_all();
    }
}
