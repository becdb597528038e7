//! The events of a poll until they are printed: newest first and page by page
//! they come, oldest first they go.

use std::collections::{HashSet, VecDeque};

use sentryagent_idp::AuditEvent;

use super::LIMIT;
use crate::pages::Brake;

/// Events that wait and ids that are remembered, at most.
pub(super) const MANY: usize = 10_000;
/// Ids that are left when there were too many.
const ENOUGH: usize = 5_000;

/// The pages of a poll that have been read.
#[derive(Default)]
pub(super) struct Backlog {
    pages: u32,
    /// Ids of all events on them.
    known: HashSet<String>,
    /// Those of the events that have not been printed.
    events: Vec<AuditEvent>,
    brake: Brake,
}

/// Why no further page is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// There is nothing new behind it.
    Complete,
    /// The pages repeat themselves.
    Repeated,
    /// As many events wait as may.
    Full,
}

impl Backlog {
    /// Number of the next page.
    pub(super) fn next_page(&self) -> u32 {
        self.pages.saturating_add(1)
    }

    /// Adds the next page; `Some` when it is the last one to be read.
    pub(super) fn add(&mut self, page: Vec<AuditEvent>, seen: &Seen) -> Option<End> {
        self.pages = self.next_page();
        let is_last = u32::try_from(page.len()).is_ok_and(|count| count < LIMIT);
        let before = self.events.len();
        let mut is_repeated = true;
        for event in page {
            if self.known.insert(event.event_id.clone()) {
                is_repeated = false;
                if !seen.knows(&event.event_id) {
                    self.events.push(event);
                }
            }
        }
        let stops = self.brake.stops_after(self.events.len() > before);
        if is_last {
            Some(End::Complete)
        } else if stops && is_repeated {
            Some(End::Repeated)
        } else if stops {
            // Other events than before, all of them printed: many share the
            // time that the poll begins with.
            Some(End::Complete)
        } else if self.events.len() >= MANY {
            Some(End::Full)
        } else {
            None
        }
    }

    /// Prepares for going on with the next page after a pause. Events that come
    /// meanwhile push those that are here to later pages.
    pub(super) fn pause(&mut self) {
        self.brake.expect(self.pages);
    }

    /// The events to print, oldest first; nothing is left.
    pub(super) fn take(&mut self) -> Vec<AuditEvent> {
        let mut events = std::mem::take(self).events;
        // As the server orders them. After a pause, later pages may hold newer
        // events.
        events.sort_by(|a, b| (&a.timestamp, a.sequence).cmp(&(&b.timestamp, b.sequence)));
        events
    }
}

/// Ids of the events that were printed, of the oldest ones no more.
#[derive(Default)]
pub(super) struct Seen {
    known: HashSet<String>,
    order: VecDeque<String>,
}

impl Seen {
    /// Whether the id is remembered.
    fn knows(&self, id: &str) -> bool {
        self.known.contains(id)
    }

    /// Remembers the ids, and forgets the oldest when there are too many.
    pub(super) fn remember<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        for id in ids {
            if self.known.insert(id.to_owned()) {
                self.order.push_back(id.to_owned());
            }
        }
        if self.order.len() > MANY {
            let surplus = self.order.len().saturating_sub(ENOUGH);
            for id in self.order.drain(..surplus) {
                self.known.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use serde_json::json;

    use super::*;

    /// The events with these positions in the log, newest first.
    fn page(positions: Range<usize>) -> Vec<AuditEvent> {
        let event = |position: usize| -> AuditEvent {
            let document = json!({
                "eventId": format!("e{position}"), "organizationId": "o", "sequence": position,
                "timestamp": "2026-01-15T10:00:00.000Z", "action": "token.issued",
                "outcome": "success", "agentId": "a", "ipAddress": "127.0.0.1",
                "userAgent": "test", "metadata": {}, "previousHash": "", "hash": "",
            });
            serde_json::from_value(document).unwrap()
        };
        positions.rev().map(event).collect()
    }

    /// Remembers the events with these positions.
    fn seen(positions: Range<usize>) -> Seen {
        let ids: Vec<String> = positions.map(|position| format!("e{position}")).collect();
        let mut seen = Seen::default();
        seen.remember(ids.iter().map(String::as_str));
        seen
    }

    /// The positions of the events to print.
    fn taken(backlog: &mut Backlog) -> Vec<usize> {
        let events = backlog.take();
        let positions = events.iter().map(|event| event.sequence);
        positions.map(|p| usize::try_from(p).unwrap()).collect()
    }

    #[test]
    fn the_oldest_event_goes_first_and_none_twice() {
        let (mut backlog, seen) = (Backlog::default(), seen(0..3));
        assert_eq!(backlog.add(page(60..110), &seen), None);
        // Ten events came in between.
        assert_eq!(backlog.add(page(20..70), &seen), None);
        assert_eq!(backlog.next_page(), 3);
        assert_eq!(backlog.add(page(2..20), &seen), Some(End::Complete));
        let expected: Vec<usize> = (3..110).collect();
        assert_eq!(taken(&mut backlog), expected);
        assert_eq!((backlog.next_page(), taken(&mut backlog)), (1, Vec::new()));
    }

    #[test]
    fn a_page_that_comes_again_and_again_is_the_end() {
        let (mut backlog, seen) = (Backlog::default(), Seen::default());
        let ends = [(); 4].map(|()| backlog.add(page(0..50), &seen));
        assert_eq!(ends, [None, None, None, Some(End::Repeated)]);
        assert_eq!(taken(&mut backlog).len(), 50);
    }

    #[test]
    fn a_page_of_printed_events_that_comes_again_is_told_too() {
        let (mut backlog, seen) = (Backlog::default(), seen(0..50));
        let ends = [(); 3].map(|()| backlog.add(page(0..50), &seen));
        assert_eq!(ends, [None, None, Some(End::Repeated)]);
        assert!(taken(&mut backlog).is_empty());
    }

    #[test]
    fn many_printed_events_of_one_moment_are_no_repetition() {
        let (mut backlog, seen) = (Backlog::default(), seen(0..500));
        let ends = [450..500, 400..450, 350..400].map(|p| backlog.add(page(p), &seen));
        assert_eq!(ends, [None, None, Some(End::Complete)]);
    }

    #[test]
    fn after_a_pause_pages_may_come_again_and_newer_ones_later() {
        let (mut backlog, seen) = (Backlog::default(), Seen::default());
        for start in [350, 300, 250, 200] {
            assert_eq!(backlog.add(page(start..start + 50), &seen), None);
        }
        // So many came meanwhile that the fifth page is the first one from before.
        backlog.pause();
        for start in [350, 300, 250, 200, 150] {
            assert_eq!(backlog.add(page(start..start + 50), &seen), None);
        }
        // And now so many that the next one is newer than all.
        backlog.pause();
        assert_eq!(backlog.add(page(400..450), &seen), None);
        assert_eq!(backlog.add(page(150..160), &seen), Some(End::Complete));
        let expected: Vec<usize> = (150..450).collect();
        assert_eq!(taken(&mut backlog), expected);
    }

    #[test]
    fn no_more_events_wait_than_may() {
        let (mut backlog, seen) = (Backlog::default(), Seen::default());
        let mut end = MANY + 500;
        let last = loop {
            let added = backlog.add(page(end - 50..end), &seen);
            end -= 50;
            if added.is_some() {
                break added;
            }
        };
        assert_eq!(last, Some(End::Full));
        let expected: Vec<usize> = (500..MANY + 500).collect();
        assert_eq!(taken(&mut backlog), expected, "the newest");
    }

    #[test]
    fn the_oldest_ids_are_forgotten_when_there_are_too_many() {
        let mut seen = seen(0..MANY);
        assert_eq!(seen.order.len(), MANY, "not yet too many");
        seen.remember(["one more", "one more"].into_iter());
        assert_eq!((seen.order.len(), seen.known.len()), (ENOUGH, ENOUGH));
        assert!(seen.knows("one more"));
        assert!(seen.knows(&format!("e{}", MANY - 1)));
        assert!(!seen.knows("e0"), "forgotten");
    }
}
