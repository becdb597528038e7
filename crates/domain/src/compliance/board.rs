//! The states of all controls, in memory.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use crate::compliance::{Control, ControlState, ControlStatus};
use crate::time::Timestamp;

/// Written by start-up code, jobs and the webhook worker; read by the endpoint
/// that shows it.
pub struct ControlBoard {
    started: Timestamp,
    states: RwLock<BTreeMap<Control, ControlState>>,
}

impl ControlBoard {
    /// A board on which nothing has been checked; `started` stands for the
    /// time of the checks that are missing.
    #[must_use]
    pub fn new(started: Timestamp) -> Self {
        Self {
            started,
            states: RwLock::default(),
        }
    }

    /// Notes the result of a check.
    pub fn set(&self, control: Control, state: ControlState) {
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        states.insert(control, state);
    }

    /// Notes the result of a check that another replica made, unless a later
    /// one is known.
    pub fn adopt(&self, control: Control, state: ControlState) {
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        let known = states.get(&control);
        if known.is_none_or(|known| known.last_checked < state.last_checked) {
            states.insert(control, state);
        }
    }

    /// The state of a control.
    #[must_use]
    pub fn get(&self, control: Control) -> ControlState {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        self.state_in(&states, control)
    }

    /// The states of all controls in their order, as they were at one moment.
    #[must_use]
    pub fn all(&self) -> Vec<(Control, ControlState)> {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        Control::ALL
            .iter()
            .map(|control| (*control, self.state_in(&states, *control)))
            .collect()
    }

    fn state_in(&self, states: &BTreeMap<Control, ControlState>, control: Control) -> ControlState {
        states.get(&control).copied().unwrap_or(ControlState {
            status: ControlStatus::Unknown,
            last_checked: self.started,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis).unwrap()
    }

    fn state(status: ControlStatus, millis: i64) -> ControlState {
        ControlState {
            status,
            last_checked: at(millis),
        }
    }

    #[test]
    fn controls_have_a_fixed_order_and_begin_unknown() {
        let board = ControlBoard::new(at(5));
        let shown: Vec<_> = board.all();
        let ids: Vec<_> = shown.iter().map(|(control, _)| control.as_str()).collect();
        assert_eq!(ids, ["CC6.1", "CC6.7", "CC7.2", "CC9.2", "CC7.1"]);
        for (_, found) in shown {
            assert_eq!(found, state(ControlStatus::Unknown, 5));
        }
    }

    #[test]
    fn one_control_changes_and_the_others_stay() {
        let board = ControlBoard::new(at(5));
        board.set(Control::SecretsRotation, state(ControlStatus::Failing, 9));
        for (control, found) in board.all() {
            let wanted = if control == Control::SecretsRotation {
                state(ControlStatus::Failing, 9)
            } else {
                state(ControlStatus::Unknown, 5)
            };
            assert_eq!(found, wanted, "{control}");
            assert_eq!(board.get(control), wanted, "{control}");
        }
        board.set(Control::SecretsRotation, state(ControlStatus::Passing, 8));
        let found = board.get(Control::SecretsRotation);
        assert_eq!(found, state(ControlStatus::Passing, 8), "the last word");
    }

    #[test]
    fn of_others_only_what_is_newer_is_taken() {
        let board = ControlBoard::new(at(5));
        let control = Control::AuditLogIntegrity;
        for (offered, wanted) in [
            // Older than the process, but the only one there is.
            ((ControlStatus::Passing, 3), (ControlStatus::Passing, 3)),
            ((ControlStatus::Failing, 7), (ControlStatus::Failing, 7)),
            ((ControlStatus::Passing, 7), (ControlStatus::Failing, 7)),
            ((ControlStatus::Passing, 6), (ControlStatus::Failing, 7)),
        ] {
            board.adopt(control, state(offered.0, offered.1));
            assert_eq!(board.get(control), state(wanted.0, wanted.1), "{offered:?}");
        }
    }
}
