//! Wins, win rates, step weights and their moving average: how finetuning subnets judge models by their losses.

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

pub use change::{Change, Shift, Twice, changes};
pub use cohort::Entrant;
pub use duplicates::duplicates;
pub use epsilon::Epsilon;
pub use error::WinsError;
pub use matches::{Contestant, NegativeLoss, count_wins, iswin};
pub use plan::Schedule;
pub use presets::Preset;
pub use resampling::{Resampling, Sources, Together};
pub use rules::{Averaging, Competition, Matching, Rules, Weighting};
pub use season::Season;
pub use steps::{judge, judge_steps};
pub use tables::{Judgement, Lead, StepPlan, StepRow, StepTable, Submitted, WinTable};
pub use totals::{SampleTotals, sample_totals};
pub use weights::{Adopted, RunningWeights, Step, Tally, softmax, step_weights};
