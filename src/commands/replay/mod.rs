//! The commands that judge recorded data again: nothing but likeness is measured.

pub mod contenders;
pub mod horde;
pub mod rewards;
pub mod schedule;
pub mod utility;
pub mod wins;
