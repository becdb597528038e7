//! Where in the wizard a page is.

use crate::portal::GET_STARTED;
use crate::query::Query;

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Server, sign-in, organization.
    Setup,
    /// A new agent.
    Agent,
    /// Its first credential.
    Credentials,
    /// A program.
    Snippet,
}

impl Step {
    const ALL: [Self; 4] = [Self::Setup, Self::Agent, Self::Credentials, Self::Snippet];

    /// The step that an address asks for; the first one by default.
    pub fn of(query: &Query) -> Self {
        let wanted = query.get("step");
        let mut steps = Self::ALL.into_iter();
        steps
            .find(|step| step.number() == wanted)
            .unwrap_or(Self::Setup)
    }

    const fn number(self) -> &'static str {
        match self {
            Self::Setup => "1",
            Self::Agent => "2",
            Self::Credentials => "3",
            Self::Snippet => "4",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Setup => "Setup",
            Self::Agent => "Agent",
            Self::Credentials => "Credentials",
            Self::Snippet => "SDK snippet",
        }
    }

    /// Address of the step; `agent` is the one that was registered, if any.
    pub fn address(self, agent: &str) -> String {
        let parameters = [("step", self.number()), ("agent", agent)];
        Query::link(GET_STARTED, &parameters)
    }
}

/// All steps, as a page shows them.
pub struct Progress {
    /// The steps.
    pub steps: Vec<Mark>,
    /// Number of the present one.
    pub number: &'static str,
}

/// A step, as a page shows it.
pub struct Mark {
    /// Its number.
    pub number: &'static str,
    /// Its name.
    pub label: &'static str,
    /// Address, for steps that were taken.
    pub href: Option<String>,
    /// Whether it is the present one.
    pub is_present: bool,
}

impl Progress {
    /// The steps around the present one.
    pub fn at(present: Step, agent: &str) -> Self {
        let mark = |step: Step| Mark {
            number: step.number(),
            label: step.label(),
            href: (step < present).then(|| step.address(agent)),
            is_present: step == present,
        };
        Self {
            steps: Step::ALL.into_iter().map(mark).collect(),
            number: present.number(),
        }
    }
}
