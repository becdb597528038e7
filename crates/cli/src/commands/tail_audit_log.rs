//! `tail-audit-log`.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use sentryagent_idp::{AuditEvent, AuditLogParams, AuditOutcome};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::TailAuditLog;
use crate::config::Settings;
use crate::dates;
use crate::failure::{Failure, Outcome};
use crate::session::{Failed, Session};
use crate::ui::{Tone, Ui};

/// Length of the line below the header.
const RULE: usize = 60;
/// Time between two polls.
const PAUSE: Duration = Duration::from_secs(5);
/// So long a server is left alone at most when it asks for it.
const LONGEST: Duration = Duration::from_secs(3600);
/// Events per page.
const LIMIT: u32 = 50;
/// Ids that are remembered at most.
const MANY: usize = 10_000;
/// Ids that are left when there were too many.
const ENOUGH: usize = 5_000;

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
        pages: 0,
        pending: Vec::new(),
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
    /// Pages of the present poll that have been read.
    pages: u32,
    /// Their events, newest first.
    pending: Vec<AuditEvent>,
}

impl Tail<'_> {
    /// Polls and prints, as long as somebody reads.
    async fn follow(mut self, ui: &Ui) {
        while ui.delivered().is_ok() {
            let pause = match self.poll().await {
                Ok(events) => {
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

    /// The events since the last poll, oldest first. After a failure the next
    /// call goes on with the page that failed: starting again would never end
    /// where a rate limit allows fewer pages than there are. New events push the
    /// others to later pages, so that this shows some of them again and misses
    /// none.
    async fn poll(&mut self) -> Result<Vec<AuditEvent>, Failed> {
        loop {
            let page = self.page(self.pages.saturating_add(1)).await?;
            self.pages = self.pages.saturating_add(1);
            let is_full = u32::try_from(page.len()).is_ok_and(|count| count >= LIMIT);
            self.pending.extend(page);
            if !is_full || !self.started {
                break;
            }
        }
        self.started = true;
        self.pages = 0;
        let mut events = std::mem::take(&mut self.pending);
        if let Some(newest) = events.first() {
            self.last = Some(newest.timestamp.clone());
        }
        events.reverse();
        events.retain(|event| self.seen.is_new(&event.event_id));
        self.seen.forget_old();
        Ok(events)
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

/// Ids of the events that were printed, of the oldest ones no more.
#[derive(Default)]
struct Seen {
    known: HashSet<String>,
    order: VecDeque<String>,
}

impl Seen {
    /// Whether the id is here for the first time; it is remembered.
    fn is_new(&mut self, id: &str) -> bool {
        let new = self.known.insert(id.to_owned());
        if new {
            self.order.push_back(id.to_owned());
        }
        new
    }

    /// When there are too many ids, forgets the oldest.
    fn forget_old(&mut self) {
        if self.order.len() > MANY {
            let surplus = self.order.len().saturating_sub(ENOUGH);
            for id in self.order.drain(..surplus) {
                self.known.remove(&id);
            }
        }
    }
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

    #[test]
    fn an_id_is_new_once() {
        let mut seen = Seen::default();
        assert!(seen.is_new("a"));
        assert!(!seen.is_new("a"));
        assert!(seen.is_new("b"));
    }

    #[test]
    fn the_oldest_ids_are_forgotten_when_there_are_too_many() {
        let mut seen = Seen::default();
        for number in 0..MANY {
            assert!(seen.is_new(&number.to_string()));
        }
        seen.forget_old();
        assert_eq!(seen.order.len(), MANY, "not yet too many");
        assert!(seen.is_new("one more"));
        seen.forget_old();
        assert_eq!((seen.order.len(), seen.known.len()), (ENOUGH, ENOUGH));
        assert!(!seen.is_new("one more"));
        assert!(!seen.is_new(&(MANY - 1).to_string()));
        assert!(seen.is_new("0"), "forgotten");
    }
}
