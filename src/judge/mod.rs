//! Judging: wins, win rates, step weights and their moving average. Pure functions from tables and rules to tables;
//! no file, no clock, no device.

pub mod rules;
pub mod tables;

pub use rules::{Competition, Epsilon, Rules, Weighting};
pub use tables::{Interval, Judgement, StepPlan, StepRow, StepTable, Submitted, WinTable};
