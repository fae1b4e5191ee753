//! Nineteen's contenders: whom a request is tried with by what is known of their history, and what that earns them.

mod back_test;
mod cold_start;
mod components;
mod metric;
mod period;
pub mod policies;
mod ranking;
mod recording;
mod rules;
mod run;
mod scenario;
mod scores;
mod spans;
mod spec;
mod tally;
#[cfg(test)]
mod vectors;
mod watch;
mod weighing;

pub use back_test::Pick;
pub use cold_start::{ColdStart, PairEstimate};
pub use components::{Component, Part, Whole};
pub use period::PeriodCounts;
pub use ranking::{Ranked, Standing, TaskOrder, rank};
pub use recording::{Contender, Period, Recorded, Recording, Request, Similarity};
pub use rules::{NAMES, RowsOf, Rules};
pub use run::{Judged, PolicyRow, Supposed, TaskRow, judge, suppose};
pub use scenario::ScenarioRow;
pub use scores::TaskScore;
pub use spans::windows;
pub use spec::{ContendersSpec, Load};
pub use tally::{Fared, Rates};
pub use weighing::WeightRow;
