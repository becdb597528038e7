//! Signals of the operating system.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::{Failure, Outcome};

/// Signals within this time of the first one are the same request.
const SAME_REQUEST: std::time::Duration = std::time::Duration::from_secs(1);

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// End in order.
    Stop,
    /// Read the policy again.
    Reload,
}

/// Receives signals.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Takes the signals over from their default actions.
    ///
    /// # Errors
    ///
    /// When the system does not allow it.
    pub(crate) fn listen() -> Outcome<Self> {
        let listen = |kind| signal(kind).map_err(Failure::during("signals"));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    /// The next request. Loses no signal when it is dropped.
    pub(crate) async fn next(&mut self) -> Request {
        tokio::select! {
            _ = self.terminate.recv() => Request::Stop,
            _ = self.interrupt.recv() => Request::Stop,
            _ = self.hangup.recv() => Request::Reload,
        }
    }

    /// From a second on a request to stop ends the process at once. Earlier
    /// ones are the same request: shells and service managers like to signal a
    /// process and its group.
    pub(crate) fn exit_on_stop(mut self) {
        let from = tokio::time::Instant::now() + SAME_REQUEST;
        tokio::spawn(async move {
            while self.next().await != Request::Stop || tokio::time::Instant::now() < from {}
            tracing::warn!("second signal: ending at once");
            std::process::exit(1);
        });
    }
}
