//! The site in one process, and browsers that visit it.

mod answer;
mod gate;
mod site;
mod state;

pub use answer::Answer;
pub use gate::Gate;
pub use site::{Browser, Identity, Site};
