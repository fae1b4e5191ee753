//! Statistics: intervals and resampling. Pure: seeded, no file, no clock.

pub(crate) mod binomial;
pub(crate) mod bootstrap;
pub(crate) mod cluster;
pub(crate) mod confidence;
pub(crate) mod curve;
pub(crate) mod drift;
pub(crate) mod error;
pub(crate) mod holm;
pub(crate) mod interval;
pub(crate) mod jackknife;
pub(crate) mod line;
pub mod normal;
pub(crate) mod paired;
pub(crate) mod proportion;
pub mod random;
pub(crate) mod ranks;
pub(crate) mod ratio_mean;
pub(crate) mod scores;
pub mod separation;
pub(crate) mod sign_flip;
pub(crate) mod studentised;
pub(crate) mod threshold;
pub(crate) mod whole_clusters;

pub use bootstrap::BootstrapSpec;
pub use confidence::Confidence;
pub(crate) use curve::Curve;
pub use error::StatsError;
pub use interval::{Estimate, Interval};
pub(crate) use interval::{percentile_interval, quantile};
pub(crate) use paired::Comparison;
pub use paired::{Margins, PairedLoss, PairedSpec, PairedVerdict};
pub(crate) use proportion::{Proportion, Verdict};
pub use random::Draws;
pub use scores::Scores;
pub(crate) use whole_clusters::{ClusterCounts, Evidence};
