//! Runs a piece of work again and again until the server stops.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

/// When a job runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// Time until the first run.
    pub(crate) first: Duration,
    /// Time from the start of one run to the start of the next.
    pub(crate) every: Duration,
}

/// All jobs of a server.
pub(crate) struct Jobs {
    running: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Jobs {
    /// No jobs yet.
    pub(crate) fn new() -> Self {
        Self {
            running: JoinSet::new(),
            stop: watch::Sender::new(false),
        }
    }

    /// Runs `job` by `timing`. A failure or a panic is logged and does not
    /// end the schedule; a run that takes longer than the interval delays the
    /// next one.
    pub(crate) fn add<J, F, E>(&mut self, name: &'static str, timing: Timing, job: J)
    where
        J: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let mut stopped = self.stop.subscribe();
        self.running.spawn(async move {
            let mut ticks = tokio::time::interval_at(Instant::now() + timing.first, timing.every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = stopped.wait_for(|stopped| *stopped) => return,
                    _ = ticks.tick() => {}
                }
                // In a task of its own, so that a panic ends only this run.
                let mut run = JoinSet::new();
                run.spawn(job());
                tokio::select! {
                    // Dropping the set ends the run; its transaction, if one
                    // is open, is undone.
                    _ = stopped.wait_for(|stopped| *stopped) => return,
                    ended = run.join_next() => log(name, ended),
                }
            }
        });
    }

    /// Runs `work` until the server stops; for work that never ends by itself.
    pub(crate) fn keep<F>(&mut self, work: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut stopped = self.stop.subscribe();
        self.running.spawn(async move {
            tokio::select! {
                _ = stopped.wait_for(|stopped| *stopped) => {}
                () = work => {}
            }
        });
    }

    /// Ends all jobs.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.running.join_next().await.is_some() {}
    }
}

fn log<E: Display>(
    job: &'static str,
    ended: Option<Result<Result<(), E>, tokio::task::JoinError>>,
) {
    match ended {
        Some(Ok(Err(error))) => tracing::error!(job, %error, "background job failed"),
        Some(Err(error)) => tracing::error!(job, %error, "background job ended abnormally"),
        Some(Ok(Ok(()))) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const TIMING: Timing = Timing {
        first: Duration::from_secs(10),
        every: Duration::from_secs(60),
    };

    /// Adds a job that counts its runs and behaves as told.
    fn counting(jobs: &mut Jobs, behave: fn() -> Result<(), &'static str>) -> Arc<AtomicUsize> {
        let runs = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&runs);
        jobs.add("test", TIMING, move || {
            counter.fetch_add(1, Ordering::SeqCst);
            async move { behave() }
        });
        runs
    }

    async fn settle() {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    async fn pass(seconds: u64) {
        settle().await;
        tokio::time::advance(Duration::from_secs(seconds)).await;
        settle().await;
    }

    #[tokio::test(start_paused = true)]
    async fn runs_first_soon_and_then_regularly() {
        let mut jobs = Jobs::new();
        let runs = counting(&mut jobs, || Ok(()));
        pass(9).await;
        assert_eq!(runs.load(Ordering::SeqCst), 0);
        pass(2).await;
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        pass(60).await;
        assert_eq!(runs.load(Ordering::SeqCst), 2);
        jobs.stop().await;
    }

    #[tokio::test(start_paused = true)]
    async fn failures_and_panics_do_not_end_the_schedule() {
        let mut jobs = Jobs::new();
        let failing = counting(&mut jobs, || Err("no"));
        let panicking = counting(&mut jobs, || panic!("on purpose"));
        pass(11).await;
        pass(60).await;
        assert_eq!(failing.load(Ordering::SeqCst), 2);
        assert_eq!(panicking.load(Ordering::SeqCst), 2);
        jobs.stop().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_is_still_active_is_not_started_again_and_ends_at_stop() {
        let mut jobs = Jobs::new();
        let runs = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&runs);
        jobs.add("endless", TIMING, move || {
            counter.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<Result<(), &'static str>>()
        });
        pass(11).await;
        pass(600).await;
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        jobs.stop().await;
    }

    #[tokio::test(start_paused = true)]
    async fn endless_work_ends_at_stop() {
        let mut jobs = Jobs::new();
        jobs.keep(std::future::pending());
        jobs.stop().await;
    }
}
