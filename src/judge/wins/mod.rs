//! Wins, win rates, step weights and their moving average: how finetuning subnets judge models by their losses.

mod alternative;
mod arena;
mod change;
mod cohort;
mod duplicates;
mod epsilon;
mod error;
mod holders;
mod matches;
mod plan;
pub mod presets;
mod resampling;
mod rules;
mod season;
mod steps;
pub mod sweep;
mod tables;
pub mod tampering;
mod totals;
mod weights;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod vectors;

pub(crate) use alternative::Alternative;
pub use change::{Change, changes};
pub(crate) use change::{Shift, Twice};
pub use cohort::Entrant;
pub(crate) use duplicates::duplicates;
pub(crate) use epsilon::Epsilon;
pub(crate) use error::WinsError;
pub(crate) use matches::NegativeLoss;
pub use matches::{Contestant, count_wins, iswin};
pub use plan::Schedule;
pub(crate) use presets::Preset;
pub use resampling::{Resampling, Sources, Together};
pub use rules::{Averaging, Competition, Matching, Rules, Weighting};
pub use season::Season;
pub use steps::judge;
pub(crate) use steps::judge_steps;
pub(crate) use tables::{Judgement, Lead, StepRow, WinTable};
pub use tables::{StepPlan, StepTable, Submitted};
pub(crate) use totals::SampleTotals;
pub use totals::sample_totals;
pub(crate) use weights::{Adopted, Tally, step_weights};
pub use weights::{RunningWeights, Step, softmax};
