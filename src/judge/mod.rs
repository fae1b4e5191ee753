//! Judging: pure functions from tables and rules to tables; no file, no clock, no device. A folder for each mechanism.

pub mod calibration;
pub(crate) mod compare;
pub mod contenders;
pub mod horde;
pub mod rewards;
pub mod schedule;
pub mod utility;
pub mod wins;
