//! Threads that compute bcrypt.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use crate::credential::VerifierBusy;

type Job = Box<dyn FnOnce() + Send>;

/// A few threads with a bounded queue in front of them.
///
/// One computation follows the other on these threads alone. Were the requests
/// woken to take their turns, every turn would last until their own thread, which
/// may be busy with signatures, comes to them.
pub(super) struct Hashers {
    queue: SyncSender<Job>,
}

impl Hashers {
    /// Starts so many threads; beside what they compute, `waiting` computations
    /// may wait. The threads end with the value.
    pub(super) fn start(threads: usize, waiting: usize) -> Self {
        let (queue, jobs) = sync_channel(waiting);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads {
            let jobs = Arc::clone(&jobs);
            let thread = thread::Builder::new().name("bcrypt".to_owned());
            // Without any thread all are refused.
            if let Err(error) = thread.spawn(move || work_off(&jobs)) {
                tracing::error!(%error, "a thread for client secrets cannot be started");
            }
        }
        Self { queue }
    }

    /// The result of `work`, which is left undone when whoever waits for it gives
    /// up before its turn; its place is free again then.
    ///
    /// # Errors
    ///
    /// [`VerifierBusy`] when enough others wait already.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, VerifierBusy> {
        let (reply, answer) = oneshot::channel();
        let job = move || {
            if !reply.is_closed() {
                // Whoever gives up meanwhile needs no answer.
                let _ = reply.send(work());
            }
        };
        let queued = self.queue.try_send(Box::new(job));
        queued.map_err(|_| VerifierBusy)?;
        answer.await.map_err(|_| VerifierBusy)
    }
}

fn work_off(jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("a computation with a client secret ended abnormally");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn more_work_than_may_wait_is_refused_at_once() {
        let hashers = Hashers::start(1, 2);
        let (started, starts) = channel();
        let (release, released) = channel::<()>();
        let first = hashers.run(move || {
            started.send(()).unwrap();
            released.recv().unwrap();
        });
        let mut first = Box::pin(first);
        assert_eq!((&mut first).now_or_never(), None);
        starts.recv_timeout(PATIENCE).unwrap();
        let mut second = Box::pin(hashers.run(|| 2));
        let mut third = Box::pin(hashers.run(|| 3));
        assert_eq!((&mut second).now_or_never(), None);
        assert_eq!((&mut third).now_or_never(), None);
        assert_eq!(hashers.run(|| 4).await, Err(VerifierBusy));
        release.send(()).unwrap();
        assert_eq!(first.await, Ok(()));
        assert_eq!((second.await, third.await), (Ok(2), Ok(3)));
        assert_eq!(hashers.run(|| 5).await, Ok(5));
    }

    #[tokio::test]
    async fn one_follows_the_other_while_the_thread_of_the_requests_is_busy() {
        let hashers = Hashers::start(1, 8);
        let (done, results) = channel();
        let mut waiting: Vec<_> = (0..5)
            .map(|number| {
                let done = done.clone();
                Box::pin(hashers.run(move || done.send(number).unwrap()))
            })
            .collect();
        for request in &mut waiting {
            assert_eq!(request.now_or_never(), None);
        }
        for number in 0..5 {
            assert_eq!(results.recv_timeout(PATIENCE), Ok(number));
        }
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_any_more_is_left_undone() {
        let hashers = Hashers::start(1, 8);
        let (release, released) = channel::<()>();
        let (done, results) = channel();
        let mut first = Box::pin(hashers.run(move || released.recv().unwrap()));
        assert_eq!((&mut first).now_or_never(), None);
        let mut given_up = Box::pin(hashers.run(move || done.send(()).unwrap()));
        assert_eq!((&mut given_up).now_or_never(), None);
        drop(given_up);
        release.send(()).unwrap();
        assert_eq!(hashers.run(|| "last").await, Ok("last"));
        assert!(results.recv_timeout(PATIENCE).is_err());
    }

    #[tokio::test]
    async fn a_panic_ends_its_own_request_alone() {
        let hashers = Hashers::start(1, 8);
        let panicking = hashers.run(|| assert!(std::hint::black_box(false)));
        assert_eq!(panicking.await, Err(VerifierBusy));
        assert_eq!(hashers.run(|| 1).await, Ok(1));
    }
}
