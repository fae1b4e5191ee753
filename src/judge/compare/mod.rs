//! Two runs held against each other: what is equal, what got worse, and by how much it is sure. Three gates that know
//! nothing of each other (exact, statistical, speed) and one outcome that says which of them rule.

mod exact;
mod gates;
mod losses;
mod speed;

pub(crate) use exact::{Agreement, ColumnAgreement, same_losses};
pub use gates::{Gate, Gates};
pub(crate) use gates::{GateName, Ruling};
pub(crate) use losses::{Compared, Subject, compare};

pub(crate) use speed::{Pace, Paces, SpeedLimits};

use super::wins::Change;
use crate::stats::PairedSpec;

/// Something of how two runs were made that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Name of what differs, one of those that may be allowed.
    pub field: &'static str,
    /// What it is in particular.
    pub what: String,
    /// Of the baseline.
    pub baseline: String,
    /// Of the candidate.
    pub candidate: String,
}

/// All that comparing two runs came to.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What was compared with.
    pub baseline: String,
    /// What was compared.
    pub candidate: String,
    /// The gates, and which of them rule.
    pub gates: Gates,
    /// What differs in how the runs were made, all of it allowed.
    pub allowed: Vec<Mismatch>,
    /// How far the tables agree; `None` where there are none to compare.
    pub agreement: Option<Agreement>,
    /// How losses were compared; `None` where there are none.
    pub spec: Option<PairedSpec>,
    /// The submissions that both have, in the order of the baseline.
    pub submissions: Vec<Compared>,
    /// Of each of these what becomes of its win rate and step weight, where that can be said.
    pub changes: Vec<Option<Change>>,
    /// Speed and memory.
    pub paces: Paces,
}

impl Outcome {
    /// What follows.
    pub fn ruling(&self) -> Ruling {
        self.gates.ruling()
    }
}
