//! Judging: wins, win rates, step weights and their moving average. Pure functions from tables and rules to tables;
//! no file, no clock, no device.

mod arena;
pub mod calibration;
pub mod duplicates;
pub mod error;
pub mod presets;
pub mod resampling;
pub mod rules;
pub mod schedule;
pub mod steps;
pub mod tables;
pub mod tampering;
pub mod totals;
pub mod weights;
pub mod wins;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod vectors;

pub use crate::stats::BootstrapSpec;
pub use duplicates::duplicates;
pub use error::JudgeError;
pub use presets::Preset;
pub use resampling::{Resampling, Sources};
pub use rules::{Competition, Epsilon, Rules, Weighting};
pub use schedule::plan_steps;
pub use steps::judge;
pub use tables::{Interval, Judgement, Lead, StepPlan, StepRow, StepTable, Submitted, WinTable};
pub use totals::{SampleTotals, sample_totals};
pub use weights::{RunningWeights, Step, Tally, softmax, step_weights};
pub use wins::{Contestant, NegativeLoss, count_wins, iswin};
