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
mod thresholds;
mod windows;

pub use by_cluster::{ByCluster, ClusterRate};
pub use clusters::Clusters;
pub use collusion::{Meeting, meetings};
pub use curve::{CurveRow, curve};
#[cfg(test)]
pub(crate) use detection::testing::attacked;
pub use detection::{Attacked, CopyScore, Detection, RECORDED, with_recorded};
pub use differences::Difference;
pub use gate::{Gate, GateVerdict, POWER, gate};
pub use rates::{Basis, Part, Quoted, RateRow, rates};
pub use responders::Responders;
pub use run::{Calibration, calibrate};
#[cfg(test)]
pub(crate) use scores::testing::ancestry;
pub use scores::{Class, RequestScores, ResponseScore, Role, Unit, roles};
pub use separation::Separation;
pub use sizes::{SizeRate, SizeRow};
pub use spec::CalibrationSpec;
pub use strata::StratumRow;
pub use thresholds::{ThresholdKind, ThresholdRow, can_flag, judged_part, thresholds};
pub use windows::WindowRow;
