//! The report of a calibration: tables of every pair, response, rate and attack, plots, one HTML page, and a summary
//! whose sentences can be quoted as they are. No rate stands without its unit, its counts and its interval.

pub mod findings;
pub mod html;
pub mod plots;
pub mod summary;
pub mod tables;
#[cfg(test)]
pub(super) mod testing;

pub use findings::CalibrationFindings;
