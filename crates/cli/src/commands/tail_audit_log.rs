//! `tail-audit-log`.

mod backlog;

use std::time::Duration;

use sentryagent_idp::{AuditEvent, AuditLogParams, AuditOutcome};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::TailAuditLog;
use crate::config::Settings;
use crate::dates;
use crate::failure::{Failure, Outcome};
use crate::session::{Failed, Session};
use crate::text;
use crate::ui::{Tone, Ui};
use backlog::{Backlog, End, MANY, Seen};

/// Length of the line below the header.
const RULE: usize = 60;
/// Time between two polls.
const PAUSE: Duration = Duration::from_secs(5);
/// So long a server is left alone at most when it asks for it.
const LONGEST: Duration = Duration::from_secs(3600);
/// Events per page.
const LIMIT: u32 = 50;

/// Carries out the command.
pub(crate) async fn run(args: &TailAuditLog, settings: &Settings, ui: &Ui) -> Outcome<()> {
    let session = Session::open(settings, &["audit:read"])?;
    // Before the header promises it.
    let mut interrupts = signal(SignalKind::interrupt())
        .map_err(Failure::during("Ctrl+C cannot be listened for"))?;
    let agent = args.agent_id.as_deref();
    let about = agent.map_or_else(String::new, |id| {
        format!(" (agent: {})", ui.paint(Tone::Id, id))
    });
    ui.talk(format!("Tailing audit log{about} — press Ctrl+C to stop"));
    ui.talk("─".repeat(RULE));
    let tail = Tail {
        session: &session,
        agent,
        seen: Seen::default(),
        last: None,
        started: false,
        backlog: Backlog::default(),
    };
    tokio::select! {
        () = tail.follow(ui) => {}
        _ = interrupts.recv() => {
            ui.talk("");
            ui.talk("Stopped.");
        }
    }
    Ok(())
}

/// Where in the log we are.
struct Tail<'a> {
    session: &'a Session,
    agent: Option<&'a str>,
    seen: Seen,
    /// Timestamp of the newest event so far.
    last: Option<String>,
    /// Whether a poll has succeeded.
    started: bool,
    /// What the present poll has brought so far.
    backlog: Backlog,
}

/// What a poll brought.
struct Polled {
    /// New events, oldest first.
    events: Vec<AuditEvent>,
    /// Why there may be others before them that are left out.
    gap: Option<String>,
}

impl Tail<'_> {
    /// Polls and prints, as long as somebody reads.
    async fn follow(mut self, ui: &Ui) {
        while ui.delivered().is_ok() {
            let pause = match self.poll().await {
                Ok(Polled { events, gap }) => {
                    if let Some(gap) = gap {
                        ui.warn(&format!("Poll error: {gap}"));
                    }
                    events.iter().for_each(|event| show(event, ui));
                    PAUSE
                }
                Err(failed) => self.tell(&failed, ui),
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Tells of a failed poll; how long to wait before it goes on.
    fn tell(&self, failed: &Failed, ui: &Ui) -> Duration {
        let (Failure::Error(text) | Failure::Plain(text)) = self.session.explain(failed);
        let pause = pause_after(failed.retry_after());
        let next = if pause > PAUSE {
            format!(" — goes on in {} s", pause.as_secs())
        } else {
            String::new()
        };
        ui.warn(&format!("Poll error: {text}{next}"));
        pause
    }

    /// The events since the last poll. After a failure the next call goes on with
    /// the page that failed: starting again would never end where a rate limit
    /// allows fewer pages than there are. New events push the others to later
    /// pages, so that this shows some of them again and misses none.
    async fn poll(&mut self) -> Result<Polled, Failed> {
        let (number, end) = loop {
            let number = self.backlog.next_page();
            let page = match self.page(number).await {
                Ok(page) => page,
                Err(failed) => {
                    self.backlog.pause();
                    return Err(failed);
                }
            };
            match self.backlog.add(page, &self.seen) {
                Some(end) => break (number, end),
                None if self.started => {}
                None => break (number, End::Complete),
            }
        };
        self.started = true;
        let events = self.backlog.take();
        let gap = self.gap(number, end, events.first());
        if let Some(newest) = events.last() {
            self.last = Some(newest.timestamp.clone());
        }
        let ids = events.iter().map(|event| event.event_id.as_str());
        self.seen.remember(ids);
        Ok(Polled { events, gap })
    }

    /// What is said of a poll that ended with this page before it was complete.
    fn gap(&self, number: u32, end: End, oldest: Option<&AuditEvent>) -> Option<String> {
        let cause = match end {
            End::Complete => return None,
            End::Repeated => format!(
                "page {number} and those before it show the same events. The server, or a proxy \
                 in front of it, seems to ignore the page number, or the log grows faster than \
                 it can be read."
            ),
            End::Full => format!("{MANY} events or more are new, and the oldest are left out."),
        };
        let oldest = oldest.map(|event| text::one_line(&event.timestamp));
        let last = self.last.as_deref().map(text::one_line);
        Some(match (last, oldest) {
            (Some(last), Some(oldest)) => {
                format!("{cause} Events from {last} to {oldest} may be missing.")
            }
            (None, Some(oldest)) => format!("{cause} Events before {oldest} may be missing."),
            (_, None) => cause,
        })
    }

    async fn page(&self, number: u32) -> Result<Vec<AuditEvent>, Failed> {
        let params = AuditLogParams {
            page: Some(number),
            limit: Some(LIMIT),
            agent_id: self.agent.map(str::to_owned),
            from_date: self.last.clone(),
            ..AuditLogParams::default()
        };
        let audit = self.session.client().audit();
        let call = self.session.attempt(audit.query_audit_log(&params));
        Ok(call.await?.data)
    }
}

/// How long to wait after a failure when the server wants to be left alone for
/// so long.
fn pause_after(wanted: Option<Duration>) -> Duration {
    wanted.unwrap_or(PAUSE).clamp(PAUSE, LONGEST)
}

fn show(event: &AuditEvent, ui: &Ui) {
    if ui.is_json() {
        ui.json_line(event);
        return;
    }
    let tone = match event.outcome {
        AuditOutcome::Success => Tone::Good,
        _ => Tone::Bad,
    };
    let mut line = format!(
        "{}  {}  outcome={}",
        ui.paint(Tone::Dim, &dates::local(&event.timestamp)),
        ui.paint(Tone::Id, &event.action),
        ui.paint(tone, event.outcome.as_str()),
    );
    if !event.agent_id.is_empty() {
        line.push_str("  agent=");
        line.push_str(&ui.paint(Tone::Plain, &event.agent_id));
    }
    line.push_str("  id=");
    line.push_str(&ui.paint(Tone::Plain, &event.event_id));
    ui.talk(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_left_alone_as_long_as_it_wants() {
        let seconds = |count| Some(Duration::from_secs(count));
        assert_eq!(pause_after(None), PAUSE);
        assert_eq!(pause_after(seconds(1)), PAUSE);
        assert_eq!(pause_after(seconds(60)), Duration::from_secs(60));
        assert_eq!(pause_after(seconds(u64::MAX)), LONGEST);
    }
}
