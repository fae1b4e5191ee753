//! Statistics: intervals and resampling. Pure: seeded, no file, no clock.

pub mod bootstrap;
pub mod error;
pub mod interval;
pub mod random;

pub use bootstrap::BootstrapSpec;
pub use error::StatsError;
pub use interval::{Interval, percentile_interval, quantile};
pub use random::Draws;
