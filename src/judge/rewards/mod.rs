//! LogicNet's rewards: what an answer earns, what a copy costs, and what a threshold does to whom.

mod answer;
mod classes;
mod ledger;
mod numeric;
mod rates;
mod resampling;
mod rules;
mod run;
mod spec;
mod tables;
#[cfg(test)]
mod vectors;

pub use answer::{Answer, Round};
pub use classes::{Class, ClassRow};
pub use numeric::numeric_correctness;
pub use rates::{Rate, rates};
pub use rules::{NAMES, Parts, Rules};
pub use run::{Rewarded, RewardsRun};
pub use spec::RewardsSpec;
pub use tables::{Judged, MinerRow, OrderChange, ScoreRow, ThresholdRow};
