//! Statistics: intervals and resampling. Pure: seeded, no file, no clock.

pub mod binomial;
pub mod bootstrap;
pub mod cluster;
pub mod confidence;
pub mod curve;
pub mod drift;
pub mod error;
pub mod holm;
pub mod interval;
pub mod jackknife;
pub mod normal;
pub mod paired;
pub mod proportion;
pub mod random;
pub mod ranks;
pub mod ratio_mean;
pub mod scores;
pub mod separation;
pub mod sign_flip;
pub mod studentised;
pub mod threshold;
pub mod whole_clusters;

pub use bootstrap::BootstrapSpec;
pub use cluster::{ClusteredRate, Ratio};
pub use confidence::Confidence;
pub use curve::Curve;
pub use error::StatsError;
pub use interval::{Estimate, Interval, percentile_interval, quantile};
pub use paired::{Comparison, Margins, PairedLoss, PairedSpec, PairedVerdict};
pub use proportion::{Proportion, Verdict};
pub use random::Draws;
pub use scores::Scores;
pub use whole_clusters::{ClusterCounts, Evidence};
