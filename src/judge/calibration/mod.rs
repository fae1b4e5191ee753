//! Calibration of a similarity threshold: from the likeness of recorded answers to thresholds for a target
//! false-positive rate, rates at every unit with their intervals, and what gets past. Pure functions of measured scores.

mod by_cluster;
mod clusters;
mod collusion;
mod curve;
mod detection;
mod differences;
mod gate;
mod rates;
mod responders;
mod run;
mod scores;
mod separation;
mod sizes;
mod spec;
mod strata;
mod supposed;
mod thresholds;
mod windows;

pub(crate) use collusion::Meeting;
pub use curve::{CurveRow, curve};
#[cfg(test)]
pub(crate) use detection::testing::attacked;
pub(crate) use detection::{Attacked, CopyScore, Detection, RECORDED};
pub(crate) use differences::Difference;
pub(crate) use gate::POWER;
pub use gate::{Gate, GateVerdict, gate};
pub(crate) use rates::{Basis, Quoted, RateRow};
pub use rates::{Part, rates};
pub(crate) use responders::Responders;
pub(crate) use run::Calibration;
pub use run::calibrate;
#[cfg(test)]
pub(crate) use scores::testing::ancestry;
pub use scores::{Class, RequestScores, ResponseScore, Role, Unit, roles};
pub(crate) use separation::Separation;
pub(crate) use sizes::{SizeRate, SizeRow};
pub use spec::CalibrationSpec;
pub(crate) use supposed::{Supposed, suppose};
pub use thresholds::thresholds;
pub(crate) use thresholds::{ThresholdKind, ThresholdRow, can_flag, judged_part};
pub(crate) use windows::WindowRow;
