//! How a recording is calibrated: what the user chose, in one value.

use super::scores::Unit;
use crate::similarity::Profile;
use crate::stats::BootstrapSpec;

/// How to calibrate.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationSpec {
    /// How likeness becomes a penalty.
    pub profile: Profile,
    /// The threshold to look at, if one is given.
    pub threshold: Option<f64>,
    /// The threshold that the profile came with.
    pub preset_threshold: f64,
    /// The false-positive rate to choose thresholds for.
    pub target_fpr: f64,
    /// Share of the requests that thresholds are chosen on.
    pub split: f64,
    /// Resamples, confidence of all intervals and of the guarantee, seed of all draws.
    pub bootstrap: BootstrapSpec,
    /// Other minibatch sizes to look at.
    pub minibatch_sizes: Vec<usize>,
    /// Uids of the network, for the chance that colluders meet.
    pub uids: u64,
    /// Numbers of colluding uids to look at.
    pub colluders: Vec<usize>,
    /// The largest false-positive rate that the gate lets pass, and its unit.
    pub gate: Option<(f64, Unit)>,
}

impl Default for CalibrationSpec {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            threshold: None,
            preset_threshold: 0.95,
            target_fpr: 0.01,
            split: 0.5,
            bootstrap: BootstrapSpec { resamples: 10_000, confidence: 0.95, seed: 0 },
            minibatch_sizes: vec![2, 3, 4],
            uids: 256,
            colluders: vec![2, 4, 8, 16],
            gate: None,
        }
    }
}
